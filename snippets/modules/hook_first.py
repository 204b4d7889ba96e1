import torch
from torch import nn

net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))


def tell(module, args, output):
    print(type(module).__name__, tuple(args[0].shape), "->", tuple(output.shape))


handle = net[0].register_forward_hook(tell)
out = net(torch.randn(3, 4))
#> Linear (3, 4) -> (3, 8)
handle.remove()
out = net(torch.randn(3, 4))
