import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
for _ in range(200):
    net(torch.randn(32, 4))

x = torch.randn(6, 4)
before = net[1].running_mean.clone()
with torch.no_grad():
    together = net(x)
    alone = torch.cat([net(pair) for pair in x.chunk(3)])
print(torch.allclose(together, alone), torch.equal(net[1].running_mean, before))
#> False False

net.eval()
with torch.no_grad():
    print(torch.allclose(net(x), torch.cat([net(pair) for pair in x.chunk(3)])))
    #> True
