import torch

from reference_impl.distributed import run_ranks, ulysses_attention


def work(rank):
    part = torch.randn(1, 6, 8, 16)
    return ulysses_attention(part, part, part)


if __name__ == "__main__":
    run_ranks(work, 4)
    #! RankError: ranks 0, 1, 2, 3 of 4: ValueError: expected 4 ranks to divide the heads, got 6 heads
