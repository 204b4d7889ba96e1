import torch
from torch import nn

net, x = nn.Linear(2, 2), torch.ones(2)
moved = net.half()
x.half()
print(moved is net, net.weight.dtype, x.dtype)
#> True torch.float16 torch.float32
net(x)
#! RuntimeError: mat1 and mat2 must have the same dtype
