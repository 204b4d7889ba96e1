import torch

row = torch.arange(4)
y = row.expand(1000, 4)
print(y.stride(), y.numel(), y.untyped_storage().nbytes())
#> (0, 1) 4000 32
row[0] = 7
print(y[999])
#> tensor([7, 1, 2, 3])

z = row.repeat(1000, 1)
print(z.stride(), z.numel(), z.untyped_storage().nbytes())
#> (4, 1) 4000 32000
