import torch

x = torch.arange(16).view(4, 4)
y = x.as_strided((4,), (5,))
print(y)
#> tensor([ 0,  5, 10, 15])
print(y.stride() == x.diagonal().stride())
#> True
y.zero_()
print(x.trace())
#> tensor(0)
