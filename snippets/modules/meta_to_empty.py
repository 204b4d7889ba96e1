import torch
from torch import nn

with torch.device("meta"):
    net = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4))

net.to_empty(device="cpu")
for module in net:
    module.reset_parameters()
print(net(torch.zeros(2, 3)).shape, net[1].weight.tolist())
#> torch.Size([2, 4]) [1.0, 1.0, 1.0, 1.0]

with torch.device("meta"):
    net = nn.Linear(3, 4)
net.to("cpu")
#! NotImplementedError: Cannot copy out of meta tensor; no data!
