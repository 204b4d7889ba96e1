import torch
from torch.utils._python_dispatch import TorchDispatchMode


class Trace(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        print(func)
        return func(*args, **(kwargs or {}))


x, layer = torch.ones(1, 2), torch.nn.Linear(2, 1)
with Trace():
    loss = torch.nn.functional.silu(layer(x)).sum()
    #> aten.t.default
    #> aten.addmm.default
    #> aten.silu.default
    #> aten.sum.default
    print("backward")
    #> backward
    loss.backward()
    #> aten.ones_like.default
    #> aten.expand.default
    #> aten.silu_backward.default
    #> aten.t.default
    #> aten.mm.default
    #> aten.t.default
    #> aten.sum.dim_IntList
    #> aten.view.default
    #> aten.detach.default
    #> aten.t.default
    #> aten.detach.default
