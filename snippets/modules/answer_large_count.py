import torch
from torch import nn

net = nn.Module()
net.register_buffer("tokens", torch.tensor(5000.0))
net.register_buffer("steps", torch.tensor(5000))
net.half()
net.tokens += 1
net.steps += 1
print(net.tokens.item(), net.steps.item())
#> 5000.0 5001
