import torch

x = torch.tensor(2.0, requires_grad=True)
y = x**3

(first,) = torch.autograd.grad(y, x, create_graph=True)
(second,) = torch.autograd.grad(first, x, create_graph=True)
(third,) = torch.autograd.grad(second, x)
print(first.item(), second.item(), third.item())
#> 12.0 12.0 6.0
print(first.requires_grad, third.requires_grad)
#> True False
