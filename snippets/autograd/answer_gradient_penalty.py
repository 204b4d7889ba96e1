import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
x = torch.randn(16, 3, requires_grad=True)

(slope,) = torch.autograd.grad(net(x).sum(), x, create_graph=True)
penalty = (slope.norm(dim=1) - 1).square().mean()
penalty.backward()
print(slope.shape, net[0].weight.grad.abs().max().item() > 0)
#> torch.Size([16, 3]) True
print(net[2].bias.grad)
#> None
