import torch
from torch import distributed
from torch.distributed import _functional_collectives as functional

from reference_impl.distributed import run_ranks


def work(rank):
    x = torch.ones(4, requires_grad=True)
    out = torch.empty(4)
    distributed.all_to_all_single(out, x)
    new = functional.all_to_all_single(x, None, None, distributed.group.WORLD)
    (new * (rank + 1)).sum().backward()
    return out.requires_grad, new.requires_grad, x.grad.tolist()


if __name__ == "__main__":
    print(*run_ranks(work, 2))
    #> (False, True, [1.0, 1.0, 2.0, 2.0]) (False, True, [1.0, 1.0, 2.0, 2.0])
