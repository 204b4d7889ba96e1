import torch

from reference_impl.memory import Offload


def gradient(**options):
    x = torch.zeros(3, requires_grad=True)
    with Offload(x, min_bytes=0, **options):
        y = x.exp()
        y.add_(1)
    y.sum().backward()
    return x.grad


print(gradient())
#> tensor([1., 1., 1.])
gradient(keep_bytes=100)
#! RuntimeError: a tensor that backward needs was changed in place
