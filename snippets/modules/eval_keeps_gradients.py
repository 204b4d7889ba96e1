import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5), nn.Linear(4, 1))
x = torch.randn(8, 4)

net.eval()
print([module.training for module in net.modules()])
#> [False, False, False, False]
print(torch.equal(net(x), net(x)), net(x).requires_grad)
#> True True
net(x).sum().backward()
print(all(p.grad is not None for p in net.parameters()))
#> True
net.train()
print(torch.equal(net(x), net(x)))
#> False
