import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(4, 3)
good = nn.Sequential(nn.Linear(3, 3), nn.ReLU(inplace=True))
bad = nn.Sequential(nn.Linear(3, 3), nn.Sigmoid(), nn.ReLU(inplace=True))

good(x).sum().backward()
print(good[0].weight.grad.shape)
#> torch.Size([3, 3])
bad(x).sum().backward()
#! RuntimeError: one of the variables needed for gradient computation
