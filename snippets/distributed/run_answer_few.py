import torch
from torch import nn
from torch.distributed.pipelining import PipelineStage, Schedule1F1B

from reference_impl.distributed import one_f_one_b, run_ranks, simulate


def work(rank):
    stage = PipelineStage(nn.Linear(2, 2), rank, 4, torch.device("cpu"))
    Schedule1F1B(stage, n_microbatches=2)


if __name__ == "__main__":
    print(f"{simulate(one_f_one_b(4, 2)).bubble:.0%}")
    #> 60%
    run_ranks(work, 4)
    #! RankError: ranks 0, 1, 2, 3 of 4: ValueError: Number of microbatches (2) must be greater than
