import torch
from torch import nn


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.factor = 2.0

    def forward(self, x):
        return x * self.factor


torch.save(Scale(), "scale.pt")


class Scale(nn.Module):  # a year later
    def __init__(self):
        super().__init__()
        self.factor, self.offset = 3.0, 1.0

    def forward(self, x):
        return x + self.factor


old = torch.load("scale.pt", weights_only=False)
print(old(torch.tensor(10.0)), hasattr(old, "offset"))
#> tensor(12.) False
