import torch
from torch import nn

layer = nn.Linear(2, 2)
layer.register_forward_hook(lambda *_: print("hook"))
x = torch.ones(1, 2)

y = layer(x)
#> hook
y = layer.forward(x)
