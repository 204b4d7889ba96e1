import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
x = torch.ones(1, 4)

net.eval()
print(net(x).requires_grad, torch.equal(net(x), net(x)))
#> True True

net.train()
with torch.no_grad():
    print(net(x).requires_grad, torch.equal(net(x), net(x)))
    #> False False
