import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Shard, distribute_tensor

from reference_impl.distributed import run_ranks


def sharded(full, world_size):
    return distribute_tensor(full, init_device_mesh("cpu", (world_size,)), [Shard(0)])


def save(rank):
    weight = torch.arange(10.0).reshape(5, 2)
    dcp.save({"weight": sharded(weight, 2)}, checkpoint_id="step_1")


def load(rank, world_size):
    state = {"weight": sharded(torch.zeros(5, 2), world_size)}
    dcp.load(state, checkpoint_id="step_1")
    return state["weight"].to_local().tolist()


if __name__ == "__main__":
    run_ranks(save, 2)
    for world_size in (4, 1):
        for rank, rows in enumerate(run_ranks(load, world_size, world_size)):
            print(f"rank {rank} of {world_size}:", rows)
    #> rank 0 of 4: [[0.0, 1.0], [2.0, 3.0]]
    #> rank 1 of 4: [[4.0, 5.0], [6.0, 7.0]]
    #> rank 2 of 4: [[8.0, 9.0]]
    #> rank 3 of 4: []
    #> rank 0 of 1: [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0], [8.0, 9.0]]
