import torch
from torch import nn

from reference_impl.distributed import Zero3, run_ranks
from reference_impl.optimizers import AdamW


def work(rank):
    model = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
    Zero3(model, [*model], AdamW)
    x = model[0](torch.ones(1, 2))
    if rank == 0:  # an early exit on the other
        model[1](x)


if __name__ == "__main__":
    run_ranks(work, 2, timeout=2.0)
    #! RankError: rank 0 of 2: did not finish within 2 s
