import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
out = net(torch.randn(8, 4))
first, second = out.mean(), out.square().mean()

first.backward(retain_graph=True)
optimizer.step()
second.backward()
#! RuntimeError: one of the variables needed for gradient computation
