import warnings
from functools import partial

import torch
from torch.utils.checkpoint import checkpoint


def slope(x):
    return torch.autograd.grad(x.sin(), x)[0]


warnings.simplefilter("ignore")
x, w = torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)
cases = {
    "a keyword": lambda run: run(lambda x, scale: x * scale, x, scale=2),
    "autograd.grad": lambda run: torch.autograd.grad(run(torch.sin, x), x),
    "backward inside": lambda run: run(slope, x),
    "only a weight": lambda run: run(lambda ones: ones * w, torch.ones(1)).backward(),
    "a dictionary": lambda run: run(lambda inputs: inputs["x"].sin(), {"x": x}).backward(),
}
for name, case in cases.items():
    case(partial(checkpoint, use_reentrant=False))  # all of them work
    try:
        case(partial(checkpoint, use_reentrant=True))
    except (RuntimeError, ValueError) as error:
        print(f"{name}: {str(error)[:66]}")
#> a keyword: Unexpected keyword arguments: scale
#> autograd.grad: When use_reentrant=True, torch.utils.checkpoint is incompatible wi
#> backward inside: element 0 of tensors does not require grad and does not have a gra
#> only a weight: element 0 of tensors does not require grad and does not have a gra
#> a dictionary: element 0 of tensors does not require grad and does not have a gra
