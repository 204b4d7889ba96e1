import torch

data = torch.ones(2)
weight = torch.ones(2, requires_grad=True)

print((data + data).requires_grad)
#> False
print((data + weight).requires_grad)
#> True
print((data + weight.detach()).requires_grad)
#> False
print((data + weight > 1).requires_grad)
#> False
print((data + weight).argmax().requires_grad)
#> False
