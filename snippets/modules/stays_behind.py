import torch
from torch import nn


class Centred(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.mean = torch.zeros(2)

    def forward(self, x):
        return self.layer(x - self.mean)


net = Centred().to("meta")
print(net.layer.weight.device, net.mean.device)
#> meta cpu
net(torch.ones(3, 2, device="meta"))
#! RuntimeError: Tensor on device cpu is not on the expected device meta
