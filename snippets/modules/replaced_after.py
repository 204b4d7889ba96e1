import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 10))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
net[1] = nn.Linear(4, 3)

before = [p.detach().clone() for p in net.parameters()]
net(torch.randn(8, 4)).square().sum().backward()
optimizer.step()
for (name, p), old in zip(net.named_parameters(), before):
    print(name, "moved" if not torch.equal(p, old) else "stayed", p.grad is not None)
#> 0.weight moved True
#> 0.bias moved True
#> 1.weight stayed True
#> 1.bias stayed True
