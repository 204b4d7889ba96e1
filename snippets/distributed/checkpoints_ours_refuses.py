from pathlib import Path

import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Shard, distribute_tensor

from reference_impl.distributed import RankError, load_pieces, run_ranks, save_pieces


def sharded(world_size):
    return distribute_tensor(torch.ones(5, 2), init_device_mesh("cpu", (world_size,)), [Shard(0)])


if __name__ == "__main__":
    run_ranks(lambda rank: save_pieces({"weight": sharded(2)}, "step_1"), 2)
    Path("step_1/rank-1-of-2.safetensors").unlink()
    try:
        run_ranks(lambda rank: load_pieces({"weight": sharded(4)}, "step_1"), 4)
    except RankError as error:
        print(*str(error).splitlines()[0].split("; "), sep="\n")
        #> ranks 0, 1, 2, 3 of 4: ValueError: rank 1: rank-1-of-2.safetensors is missing from step_1: it holds a piece of 'weight'
        #> rank 2: rank-1-of-2.safetensors is missing from step_1: it holds a piece of 'weight'
