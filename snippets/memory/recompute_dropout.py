import torch
from torch.nn.functional import dropout
from torch.utils.checkpoint import checkpoint

torch.manual_seed(0)
x = torch.ones(8, requires_grad=True)
for preserve in (True, False):
    y = checkpoint(dropout, x, use_reentrant=False, preserve_rng_state=preserve)
    (grad,) = torch.autograd.grad(y.sum(), x)
    print(y.int().tolist(), grad.int().tolist())
#> [0, 0, 2, 0, 0, 0, 2, 2] [0, 0, 2, 0, 0, 0, 2, 2]
#> [0, 2, 2, 2, 2, 0, 2, 2] [2, 2, 0, 0, 2, 0, 2, 0]
