import torch
from torch import distributed

from reference_impl.distributed import run_ranks


def work(rank):
    x = torch.tensor([1.0, 2.0]) * (rank + 1)
    distributed.all_reduce(x)  # every rank: the sum of all ranks' tensors
    print(f"rank {rank} of {distributed.get_world_size()}: {x.tolist()}")


if __name__ == "__main__":
    run_ranks(work, 3)
    #> rank 0 of 3: [6.0, 12.0]
    #> rank 1 of 3: [6.0, 12.0]
    #> rank 2 of 3: [6.0, 12.0]
