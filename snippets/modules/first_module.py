import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.register_buffer("steps", torch.tensor(0))
        self.layer = nn.Linear(3, 2)
        self.size = 3


net = Net()
for table in ("_parameters", "_buffers", "_modules"):
    print(table, list(getattr(net, table)))
#> _parameters ['scale']
#> _buffers ['steps']
#> _modules ['layer']
print("size" in net.__dict__, "scale" in net.__dict__)
#> True False
