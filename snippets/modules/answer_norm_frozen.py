import torch
from torch import nn

torch.manual_seed(0)
norm = nn.BatchNorm1d(3).requires_grad_(False)
before = norm.running_mean.clone()
norm(torch.randn(8, 3))
print(torch.equal(norm.running_mean, before))
#> False
norm.eval()
before = norm.running_mean.clone()
norm(torch.randn(8, 3))
print(torch.equal(norm.running_mean, before))
#> True
