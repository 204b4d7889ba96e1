import torch

x = torch.arange(6).view(2, 3)
y = x.t()
print(x.stride(), y.stride())
#> (3, 1) (1, 3)
print(x.data_ptr() == y.data_ptr())
#> True
