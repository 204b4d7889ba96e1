import torch

x = torch.arange(24).view(2, 3, 4)
y = x.permute(2, 0, 1)
print(tuple(x.shape), x.stride())
#> (2, 3, 4) (12, 4, 1)
print(tuple(y.shape), y.stride())
#> (4, 2, 3) (1, 12, 4)
print(y.data_ptr() == x.data_ptr(), y.is_contiguous())
#> True False
y[3, 1, 2] = -1
print(x[1, 2, 3])
#> tensor(-1)
z = x.transpose(0, 2).transpose(1, 2)
print(z.shape == y.shape, z.stride() == y.stride(), z.data_ptr() == y.data_ptr())
#> True True True
