import torch
from torch import nn


def different_units(constant):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    if constant is not None:
        for p in net.parameters():
            nn.init.constant_(p, constant)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x = torch.randn(32, 3)
    for _ in range(100):
        optimizer.zero_grad()
        (net(x) - x.prod(1, keepdim=True)).square().mean().backward()
        optimizer.step()
    return len(net[0].weight.detach().unique(dim=0))


print("from random values:", different_units(None), "from 0.5:", different_units(0.5))
#> from random values: 4 from 0.5: 1
