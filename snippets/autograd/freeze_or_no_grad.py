import torch
from torch import nn

torch.manual_seed(0)
first, frozen = nn.Linear(3, 3), nn.Linear(3, 1)
x = torch.randn(5, 3)

frozen.requires_grad_(False)
frozen(first(x)).sum().backward()
print(first.weight.grad is not None, frozen.weight.grad is not None)
#> True False

hidden = first(x)
with torch.no_grad():
    out = frozen(hidden)
print(out.requires_grad)
#> False
