import torch

torch.manual_seed(0)
a, b = torch.randn(30, 40).double(), torch.randn(30, 50).double()
print(torch.allclose(a.t() @ b, a.t().contiguous() @ b))
#> True
print((a.t() * 2).stride())
#> (1, 40)
print(torch.allclose(a.t().sum(0), a.t().contiguous().sum(0)))
#> True
print(torch.from_numpy(a.t().numpy()).stride())
#> (1, 40)
