import torch

x = torch.arange(6)
print(x.reshape(2, -1).shape)
#> torch.Size([2, 3])
x.reshape(4, -1)
#! RuntimeError: shape '[4, -1]' is invalid for input of size 6
