import torch
from torch import nn

net = nn.Module()
net.register_buffer("mean", torch.zeros(2))
net.register_buffer("mask", torch.ones(4, 4).tril(), persistent=False)
net.anchor = nn.Buffer(torch.ones(2))

print(list(net._buffers), net._non_persistent_buffers_set)
#> ['mean', 'mask', 'anchor'] {'mask'}
print(list(net.state_dict()), list(net.parameters()))
#> ['mean', 'anchor'] []
