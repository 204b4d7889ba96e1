import torch
from torch import nn

torch.manual_seed(0)
layer, norm = nn.Linear(4, 3).double(), nn.BatchNorm1d(3).double()
(norm(layer(torch.randn(16, 4).double())) ** 3).sum().backward()
print(bool(layer.bias.grad.abs().max() < 1e-10), bool(layer.weight.grad.abs().max() > 1e-3))
#> True True
