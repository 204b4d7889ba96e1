import torch

from reference_impl.distributed import RankError, all_reduce, run_ranks


def work(rank):
    if rank == 0:  # the others do not call it
        all_reduce(torch.ones(4))


if __name__ == "__main__":
    try:
        run_ranks(work, 3, timeout=1.0)
    except RankError as error:
        print(str(error).partition(", in ")[0])
        #> rank 0 of 3: did not finish within 1 s
