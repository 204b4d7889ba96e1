import torch
from torch.nn.functional import gelu

torch.manual_seed(0)
x, a, b = torch.randn(5, 8), torch.randn(8, 32), torch.randn(32, 8)
whole = gelu(x @ a) @ b

a0, a1 = a.chunk(2, dim=1)  # columns
b0, b1 = b.chunk(2, dim=0)  # rows
rank_0 = gelu(x @ a0) @ b0
rank_1 = gelu(x @ a1) @ b1
print(torch.allclose(rank_0 + rank_1, whole, atol=1e-4))
#> True
