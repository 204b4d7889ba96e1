import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(3, 1)
with torch.no_grad():
    loss = net(torch.ones(2, 3)).mean()
print(loss.requires_grad, net.weight.requires_grad)
#> False True

loss.backward()
#! RuntimeError: element 0 of tensors does not require grad
