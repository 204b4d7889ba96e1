import torch
from torch import distributed

from reference_impl.distributed import RankError, run_ranks


def work(rank, then_all):
    if rank < 2:  # ranks 2 and 3 make no such group
        pair = distributed.new_group([0, 1])
        distributed.all_reduce(torch.ones(1), group=pair)
    if then_all:
        distributed.new_group([0, 1, 2, 3])


if __name__ == "__main__":
    print(run_ranks(work, 4, False))
    #> [None, None, None, None]
    try:
        run_ranks(work, 4, True, timeout=1.0)
    except RankError as error:
        print("did not finish within 1 s" in str(error))
        #> True
