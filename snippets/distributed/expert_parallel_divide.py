from reference_impl.distributed import ExpertParallel, run_ranks


def work(rank):
    return ExpertParallel(dim=8, hidden=16, experts=6)


if __name__ == "__main__":
    run_ranks(work, 4)
    #! RankError: ranks 0, 1, 2, 3 of 4: ValueError: expected 4 ranks to divide the experts, got 6 experts
