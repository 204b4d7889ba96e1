import torch

w = torch.tensor(3.0, requires_grad=True)

with torch.no_grad():
    y = w * 2
    print(torch.is_grad_enabled(), y.requires_grad, y.grad_fn)
    #> False False None

z = w * 2
print(torch.is_grad_enabled(), z.requires_grad, z.grad_fn.name())
#> True True MulBackward0
