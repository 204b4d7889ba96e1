from reference_impl.distributed import ExpertParallel, run_ranks


def work(rank):
    return ExpertParallel(dim=8, hidden=16, experts=4, capacity=3 + rank)


if __name__ == "__main__":
    run_ranks(work, 2)
    #! RankError: ranks 0, 1 of 2: ValueError: expected the same (dim, hidden, experts, choices, factor, capacity, padded) on all ranks, got (8, 16, 4, 1, 1.25, 3, False) on rank 0, (8, 16, 4, 1, 1.25, 4, False) on rank 1
