import torch

x = torch.arange(5)
print(x.numpy()[::-1].strides)
#> (-8,)
y = x.flip(0)
print(y, y.stride(), y.data_ptr() == x.data_ptr())
#> tensor([4, 3, 2, 1, 0]) (1,) False
x[::-1]
#! ValueError: step must be greater than zero
