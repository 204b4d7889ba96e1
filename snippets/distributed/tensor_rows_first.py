import torch
from torch.nn.functional import gelu

torch.manual_seed(0)
x, a = torch.randn(5, 8), torch.randn(8, 32)
x0, x1 = x.chunk(2, dim=1)
a0, a1 = a.chunk(2, dim=0)  # rows first
print(torch.allclose(x0 @ a0 + x1 @ a1, x @ a, atol=1e-4))
#> True
print(torch.allclose(gelu(x0 @ a0) + gelu(x1 @ a1), gelu(x @ a), atol=0.1))
#> False
