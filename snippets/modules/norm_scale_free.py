import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 10, dtype=torch.float64)
layer = nn.Linear(10, 5, bias=False).double()
norm = nn.BatchNorm1d(5, eps=1e-30).double()

before = norm(layer(x))
with torch.no_grad():
    layer.weight *= 0.01
print(torch.allclose(before, norm(layer(x))))
#> True
