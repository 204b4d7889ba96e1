import torch
from torch import nn
from torch.nn import functional as F


class Careless(nn.Module):
    def forward(self, x):
        return F.dropout(x, 0.5)


class Careful(nn.Module):
    def forward(self, x):
        return F.dropout(x, 0.5, training=self.training)


torch.manual_seed(0)
x = torch.ones(1000)
for net in (Careless().eval(), Careful().eval()):
    print(type(net).__name__, bool((net(x) == 0).any()))
#> Careless True
#> Careful False
