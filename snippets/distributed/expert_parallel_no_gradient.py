import torch
from torch import distributed

from reference_impl.distributed import run_ranks


def work(rank):
    x = torch.ones(4, requires_grad=True)
    out = torch.empty(4)
    distributed.all_to_all_single(out, x)
    return out.requires_grad


if __name__ == "__main__":
    print(run_ranks(work, 2))
    #> [False, False]
