import torch

x = torch.arange(6).view(2, 3)
print(x.contiguous() is x)
#> True
y = x.t().contiguous()
print(y.data_ptr() == x.data_ptr(), y.stride())
#> False (2, 1)
print(y.contiguous() is y)
#> True
