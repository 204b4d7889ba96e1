import torch

from reference_impl.distributed import all_reduce, run_ranks


def work(rank):
    value = [1e8, 1.0, -1e8, 1.0][rank]
    return all_reduce(torch.full((4,), value)).tolist()


if __name__ == "__main__":
    for total in run_ranks(work, 4):
        print(total)
    #> [0.0, 1.0, 0.0, 1.0]
    #> [0.0, 1.0, 0.0, 1.0]
    #> [0.0, 1.0, 0.0, 1.0]
    #> [0.0, 1.0, 0.0, 1.0]
