import torch

from reference_impl.distributed import run_ranks, split_sequence


def work(rank):
    return split_sequence(torch.randn(1, 2, 30, 8), rank, 4)


if __name__ == "__main__":
    run_ranks(work, 4)
    #! RankError: ranks 0, 1, 2, 3 of 4: ValueError: expected a length that 2 * 4 ranks divide, so that each gets two chunks, got 30
