import torch
from torch import nn


class Stack(nn.Module):
    def __init__(self, container):
        super().__init__()
        self.layers = container([nn.Linear(4, 4) for _ in range(3)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


for container in (list, nn.ModuleList):
    net = Stack(container)
    net(torch.ones(1, 4)).sum().backward()
    trained, saved = len(list(net.parameters())), len(net.state_dict())
    dtype = net.half().layers[0].weight.dtype
    print(f"{container.__name__:10} trained {trained}, saved {saved}, after half(): {dtype}")
    print("    has a gradient:", net.layers[0].weight.grad is not None)
#> list       trained 0, saved 0, after half(): torch.float32
#>     has a gradient: True
#> ModuleList trained 6, saved 6, after half(): torch.float16
#>     has a gradient: True
