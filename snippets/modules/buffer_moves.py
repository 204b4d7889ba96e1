import torch
from torch import nn


class Centred(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.register_buffer("mean", torch.zeros(2))
        self.register_buffer("table", torch.arange(2.0), persistent=False)

    def forward(self, x):
        return self.layer(x - self.mean + self.table)


net = Centred().to("meta")
print(net.mean.device, net.table.device)
#> meta meta
print(net(torch.ones(3, 2, device="meta")).shape)
#> torch.Size([3, 2])
print(list(net.state_dict()))
#> ['mean', 'layer.weight', 'layer.bias']
