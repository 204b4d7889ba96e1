import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(6, 4)
for norm in (nn.LayerNorm(4), nn.BatchNorm1d(4)):
    parts = torch.cat([norm(rows) for rows in x.chunk(2)])
    print(type(norm).__name__, torch.allclose(parts, norm(x), atol=1e-5))
#> LayerNorm True
#> BatchNorm1d False
