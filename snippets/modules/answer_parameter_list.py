import torch
from torch import nn


class Mixture(nn.Module):
    def __init__(self):
        super().__init__()
        self.lost = [nn.Parameter(torch.ones(2)) for _ in range(3)]
        self.kept = nn.ParameterList(nn.Parameter(torch.ones(2)) for _ in range(3))


print([name for name, _ in Mixture().named_parameters()])
#> ['kept.0', 'kept.1', 'kept.2']
