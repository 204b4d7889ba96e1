import inspect

import torch

w = torch.ones(1000, requires_grad=True)
w.sum().backward()
grad = w.grad

grad.zero_()
w.sum().backward()
print(w.grad is grad)
#> True

w.grad = None
w.sum().backward()
print(w.grad is grad)
#> False

print(inspect.signature(torch.optim.Optimizer.zero_grad))
#> (self, set_to_none: bool = True) -> None
