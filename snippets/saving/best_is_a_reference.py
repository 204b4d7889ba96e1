import copy

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(1, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
best = net.state_dict()
kept = copy.deepcopy(net.state_dict())

before = net.weight.item()
net(torch.ones(1, 1)).sum().backward()
optimizer.step()

print(best["weight"].data_ptr() == net.weight.data_ptr())
#> True
print(best["weight"].item() == before, kept["weight"].item() == before)
#> False True
