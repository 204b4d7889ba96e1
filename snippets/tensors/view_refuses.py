import torch

x = torch.arange(6).view(2, 3)
print(x.t().reshape(6))
#> tensor([0, 3, 1, 4, 2, 5])
x.t().view(6)
#! RuntimeError: view size is not compatible with input tensor's size and stride (at least one
