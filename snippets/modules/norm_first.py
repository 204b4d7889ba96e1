import torch
from torch import nn

x = torch.tensor([[1.0, 10.0], [3.0, 30.0]])
print(nn.BatchNorm1d(2)(x).detach().round(decimals=2))
#> tensor([[-1., -1.],
#>         [ 1.,  1.]])
print(nn.LayerNorm(2)(x).detach().round(decimals=2))
#> tensor([[-1.,  1.],
#>         [-1.,  1.]])
