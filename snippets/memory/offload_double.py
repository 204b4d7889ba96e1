import torch

from reference_impl.memory import Offload

x = torch.randn(1000, requires_grad=True)
for inside in (False, True):
    offload = Offload(x)
    with offload:
        y = (x**3).sin().sum()
        forward = offload.moved_out
        if inside:
            (grad,) = torch.autograd.grad(y, x, create_graph=True)
    if not inside:
        (grad,) = torch.autograd.grad(y, x, create_graph=True)
    print("inside" if inside else "outside", forward, offload.moved_out - forward)
#> outside 4000 0
#> inside 4000 12000
