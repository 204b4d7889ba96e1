import torch

x = torch.arange(24).view(2, 3, 4)
for y in (x.transpose(0, 2), x.permute(2, 0, 1), x.reshape(6, 4), x.contiguous()):
    print(y.untyped_storage().data_ptr() == x.untyped_storage().data_ptr())
#> True
#> True
#> True
#> True
