import torch

x = torch.arange(24).view(4, 6)
columns, flipped = x[:, :3], x.t()
print(columns.is_contiguous(), flipped.is_contiguous())
#> False False

y = columns.view(2, 2, 3)
print(y.stride(), y.data_ptr() == x.data_ptr())
#> (12, 6, 1) True
z = flipped.view(2, 3, 4)
print(z.stride(), z.data_ptr() == x.data_ptr())
#> (3, 1, 6) True
print(columns.reshape(2, 2, 3).is_contiguous())
#> False
