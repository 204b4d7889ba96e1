import torch
from torch import distributed

from reference_impl.distributed import RankError, make_groups, run_ranks


def work(rank):
    groups = make_groups({"data": 2, "tensor": 2})
    if rank != 3:
        distributed.all_reduce(torch.ones(1), group=groups["tensor"])


if __name__ == "__main__":
    try:
        run_ranks(work, 4, timeout=5.0)
    except RankError as error:
        print(str(error).partition(", in ")[0])
        #> rank 2 of 4: did not finish within 5 s
