import torch

x = torch.zeros(8, 3, 32, 32)
y = x.to(memory_format=torch.channels_last)
print(tuple(y.shape), x.stride(), y.stride())
#> (8, 3, 32, 32) (3072, 1024, 32, 1) (3072, 1, 96, 3)
print(y.is_contiguous(), y.is_contiguous(memory_format=torch.channels_last))
#> False True
z = torch.nn.functional.conv2d(y, torch.zeros(4, 3, 3, 3)).relu()
print(z.is_contiguous(memory_format=torch.channels_last))
#> True
print(y.contiguous().stride())
#> (3072, 1024, 32, 1)
