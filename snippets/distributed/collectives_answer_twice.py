import torch

from reference_impl.distributed import all_to_all, run_ranks


def work(rank):
    x = torch.arange(4) + 10 * rank
    return all_to_all(x).tolist(), torch.equal(all_to_all(all_to_all(x)), x)


if __name__ == "__main__":
    for row in run_ranks(work, 4):
        print(row)
    #> ([0, 10, 20, 30], True)
    #> ([1, 11, 21, 31], True)
    #> ([2, 12, 22, 32], True)
    #> ([3, 13, 23, 33], True)
