import torch
from torch import nn

w = torch.ones(2, requires_grad=True)
v = torch.ones(2, requires_grad=True)

with torch.no_grad():
    made = {
        "w * 2": w * 2,
        "w.view(2, 1)": w.view(2, 1),
        "ones(2)": torch.ones(2),
        "ones(2, requires_grad=True)": torch.ones(2, requires_grad=True),
        "nn.Parameter(ones(2))": nn.Parameter(torch.ones(2)),
        "(w * 2).requires_grad_()": (w * 2).requires_grad_(),
        "v.add_(1)": v.add_(1),
    }
for name, tensor in made.items():
    print(f"{name:28} {tensor.requires_grad!s:6} leaf={tensor.is_leaf}")
#> w * 2                        False  leaf=True
#> w.view(2, 1)                 True   leaf=True
#> ones(2)                      False  leaf=True
#> ones(2, requires_grad=True)  True   leaf=True
#> nn.Parameter(ones(2))        True   leaf=True
#> (w * 2).requires_grad_()     True   leaf=True
#> v.add_(1)                    True   leaf=True
