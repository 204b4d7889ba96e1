import torch
from torch import nn

with torch.device("meta"):
    net = nn.Sequential(
        nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.MaxPool2d(3, 2, 1), nn.Conv2d(64, 128, 3)
    )
    x = torch.empty(256, 3, 224, 224)
for layer in net:
    x = layer(x)
    print(tuple(x.shape), f"{x.nbytes / 2**20:.0f} MiB")
#> (256, 64, 112, 112) 784 MiB
#> (256, 64, 56, 56) 196 MiB
#> (256, 128, 54, 54) 364 MiB
