import torch

x = torch.arange(6).view(2, 3)
for matrix in (x, x.t()):
    flat = matrix.reshape(6)
    print(flat, flat.data_ptr() == x.data_ptr())
#> tensor([0, 1, 2, 3, 4, 5]) True
#> tensor([0, 3, 1, 4, 2, 5]) False
