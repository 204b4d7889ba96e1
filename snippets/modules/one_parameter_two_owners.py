import torch
from torch import nn

net = nn.Linear(2, 1, bias=False)
optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
print(optimizer.param_groups[0]["params"][0] is net.weight)
#> True
net.double()
print(optimizer.param_groups[0]["params"][0] is net.weight, net.weight.dtype)
#> True torch.float64

before = net.weight.detach().clone()
net(torch.ones(1, 2, dtype=torch.float64)).sum().backward()
optimizer.step()
print((net.weight - before).tolist())
#> [[-0.5, -0.5]]
