import torch

x = torch.zeros(4)
print(x._version)
#> 0

x.add_(1)
x[0] = 5
x.mul_(2).relu_()
print(x._version)
#> 4

view = x[:2]
view.zero_()
print(x._version, view._version)
#> 5 5
print(x.clone()._version)
#> 0
