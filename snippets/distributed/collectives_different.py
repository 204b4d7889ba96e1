import torch

from reference_impl.distributed import all_reduce, require_same, run_ranks


def work(rank):
    x = torch.ones(2 + rank)
    require_same("shape", tuple(x.shape))
    return all_reduce(x)


if __name__ == "__main__":
    run_ranks(work, 2)
    #! RankError: ranks 0, 1 of 2: ValueError: expected the same shape on all ranks, got (2,) on rank 0, (3,) on rank 1
