import torch
from torch.utils.checkpoint import checkpoint

from reference_impl.memory import recompute

x = torch.zeros(1, requires_grad=True)


def f(x):
    return x.exp().add_(1).sin()  # exp keeps its result, which add_ changes


(grad,) = torch.autograd.grad(checkpoint(f, x, use_reentrant=False), x)
right = torch.cos(x.exp() + 1) * x.exp()
print(f"{grad.item():.3f}, right is {right.item():.3f}")
#> -0.832, right is -0.416
recompute(f, x).backward()
#! RecomputeError: tensor 0 was changed in place after it was kept
