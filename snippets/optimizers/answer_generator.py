import torch
from torch import nn

model = nn.Linear(2, 2)
parameters = model.parameters()
print(sum(p.numel() for p in parameters))
#> 6
torch.optim.SGD(parameters, lr=0.1)
#! ValueError: optimizer got an empty parameter list
