import torch
from torch.autograd.graph import saved_tensors_hooks

w = torch.tensor([0.0, 1.0], requires_grad=True)
right = w.detach().exp()

with saved_tensors_hooks(lambda saved: saved, lambda saved: saved):
    y = w.exp()
y.add_(1)
print(y._version)
#> 1
y.sum().backward()
print(torch.equal(w.grad, right))
#> False
