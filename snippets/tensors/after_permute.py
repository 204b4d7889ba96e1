import torch

x = torch.arange(24).view(2, 3, 4)
y = x.permute(0, 2, 1)
print(y.stride(), y.is_contiguous())
#> (12, 1, 4) False
z = y.contiguous()
print(z.stride(), z.is_contiguous(), z.data_ptr() == x.data_ptr())
#> (12, 3, 1) True False
