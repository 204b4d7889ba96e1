import torch

from reference_impl.distributed import run_ranks, ulysses_attention


def work(rank):
    q, k, v = torch.randn(1, 8, 4, 16), torch.randn(1, 2, 4, 16), torch.randn(1, 2, 4, 16)
    return ulysses_attention(q, k, v).shape


if __name__ == "__main__":
    print(run_ranks(work, 2)[0])
    #> torch.Size([1, 8, 4, 16])
    run_ranks(work, 4)
    #! RankError: ranks 0, 1, 2, 3 of 4: ValueError: expected 4 ranks to divide the heads, got 2 heads
