import torch
from torch import nn

positions = nn.Embedding(512, 16)
print(positions(torch.arange(512)).shape)
#> torch.Size([512, 16])

positions(torch.arange(513))
#! IndexError: index out of range in self
