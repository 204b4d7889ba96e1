import torch
from torch import nn


def not_optimised(net, optimizer):
    known = {id(p) for group in optimizer.param_groups for p in group["params"]}
    return [name for name, p in net.named_parameters() if id(p) not in known]


net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 10))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
net[1] = nn.Linear(4, 3)
print(not_optimised(net, optimizer))
#> ['1.weight', '1.bias']
