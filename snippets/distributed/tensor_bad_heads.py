from reference_impl.distributed import ParallelGPT, run_ranks
from reference_impl.gpt import GPTConfig


def work(rank):
    ParallelGPT(GPTConfig(vocab=16, context=8, dim=18, layers=2, heads=3))


if __name__ == "__main__":
    run_ranks(work, 2)
    #! RankError: ranks 0, 1 of 2: ValueError: expected heads to be a multiple of the 2 ranks, got 3
