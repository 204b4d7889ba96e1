from torch import nn

from reference_impl.distributed import Zero1, run_ranks
from reference_impl.optimizers import AdamW


def work(rank):
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    model[0].requires_grad_(False)
    return Zero1(model, [*model], AdamW)


if __name__ == "__main__":
    run_ranks(work, 2)
    #! RankError: ranks 0, 1 of 2: ValueError: expected parameters that are all trained, got frozen ones: ['0.weight', '0.bias']
