import torch
from torch import nn

torch.manual_seed(0)
norm, x = nn.BatchNorm1d(3), torch.randn(8, 3)
whole = norm(x)
parts = torch.cat([norm(part) for part in x.chunk(4)])
print(torch.allclose(whole, parts, atol=0.1))
#> False
layer_norm = nn.LayerNorm(3)
print(
    torch.allclose(layer_norm(x), torch.cat([layer_norm(part) for part in x.chunk(4)]), atol=1e-5)
)
#> True
