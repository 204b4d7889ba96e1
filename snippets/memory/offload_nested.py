import torch
from torch.autograd.graph import saved_tensors_hooks

used = []


def named(name):
    return saved_tensors_hooks(lambda t: used.append(name) or t.detach(), lambda t: t)


x = torch.ones(2, requires_grad=True)
with named("outer"):
    a = x.exp()
    with named("inner"):
        b = a.sin()
    c = b.cos()
print(used)
#> ['outer', 'inner', 'outer']
