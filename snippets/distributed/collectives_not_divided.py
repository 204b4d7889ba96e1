import torch

from reference_impl.distributed import reduce_scatter, run_ranks


def work(rank):
    return reduce_scatter(torch.ones(5))


if __name__ == "__main__":
    run_ranks(work, 2)
    #! RankError: ranks 0, 1 of 2: ValueError: expected a first dimension that 2 ranks divide, got shape (5,)
