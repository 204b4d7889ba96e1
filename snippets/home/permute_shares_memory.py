import torch

x = torch.arange(6).reshape(2, 3)
y = x.permute(1, 0)  # the log says: a copy
print(y.data_ptr() == x.data_ptr())
#> True
y[0, 1] = 99
print(x[1, 0])
#> tensor(99)
