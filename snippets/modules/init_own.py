import torch
from torch import nn


def init(module):
    if isinstance(module, nn.Linear):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        nn.init.zeros_(module.bias)


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(100, 200), nn.ReLU(), nn.Linear(200, 100)).apply(init)
print(f"{net[0].weight.std():.3f} {(2 / 100) ** 0.5:.3f}", net[2].bias.abs().max().item())
#> 0.140 0.141 0.0
