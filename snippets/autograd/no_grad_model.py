import torch
from torch import nn

torch.manual_seed(0)
with torch.no_grad():
    net = nn.Linear(3, 1)
    net.weight.fill_(0.5)

net(torch.ones(2, 3)).sum().backward()
print(net.weight.grad)
#> tensor([[2., 2., 2.]])
