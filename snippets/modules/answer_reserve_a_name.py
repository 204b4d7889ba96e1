import torch
from torch import nn

layer = nn.Linear(3, 2, bias=False)
print(layer._parameters["bias"], [name for name, _ in layer.named_parameters()])
#> None ['weight']

layer.bias = nn.Parameter(torch.ones(2))
print(list(layer.state_dict()))
#> ['weight', 'bias']
