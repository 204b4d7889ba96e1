import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
out = net(torch.randn(8, 4))
first, second = out.mean(), out.square().mean()

first.backward(retain_graph=True)
second.backward()
optimizer.step()
print([p._version for p in net.parameters()])
#> [2, 2, 2, 2]
