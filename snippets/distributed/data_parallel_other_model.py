from torch import nn

from reference_impl.distributed import DataParallel, run_ranks


def work(rank):
    return DataParallel(nn.Linear(4 + rank, 1))


if __name__ == "__main__":
    run_ranks(work, 2)
    #! RankError: ranks 0, 1 of 2: ValueError: expected the same parameters on all ranks, got ('weight', (1, 4), 'torch.float32') on rank 0, ('weight', (1, 5), 'torch.float32') on rank 1
