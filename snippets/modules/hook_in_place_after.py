import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(inplace=True))
x = torch.randn(3, 2, requires_grad=True)
net(x).sum().backward()

net[0].register_full_backward_hook(lambda module, grad_input, grad_output: None)
net(x)
#! RuntimeError: Output 0 of BackwardHookFunction is a view and is being modified inplace.
