import torch

torch.manual_seed(0)
x, w = torch.randn(5, 4).double(), torch.randn(4, 6).double()
left, right = w.chunk(2, dim=1)
print(torch.allclose(torch.cat([x @ left, x @ right], dim=1), x @ w))  # columns: side by side
#> True
top, bottom = w.chunk(2, dim=0)
first, second = x.chunk(2, dim=1)
print(torch.allclose(first @ top + second @ bottom, x @ w))  # rows: a sum
#> True
