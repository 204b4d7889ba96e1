import torch
from torch import nn

from reference_impl.distributed import Zero2, run_ranks
from reference_impl.optimizers import AdamW


def work(rank, count):
    model = nn.Sequential(*(nn.Linear(16, 16, bias=False) for _ in range(8)))
    units = [model[i : i + 8 // count] for i in range(0, 8, 8 // count)] if count else []
    zero = Zero2(model, units, AdamW)
    zero(torch.ones(1, 16)).sum().backward()
    return zero.peak["gradients"] // 1024


if __name__ == "__main__":
    print([run_ranks(work, 4, count)[0] for count in (0, 1, 2, 4, 8)])
    #> [8, 8, 5, 3, 2]
