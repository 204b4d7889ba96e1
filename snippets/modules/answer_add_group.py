import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 10))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
net[1] = nn.Linear(4, 3)
optimizer.add_param_group({"params": net[1].parameters()})

before = net[1].weight.detach().clone()
net(torch.randn(8, 4)).square().sum().backward()
optimizer.step()
print(torch.equal(net[1].weight, before), len(optimizer.param_groups))
#> False 2
