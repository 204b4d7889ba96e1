import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Replicate, Shard, distribute_tensor

from reference_impl.distributed import run_ranks

FULL = torch.arange(12.0).reshape(3, 4)


def save_rows(rank):
    rows = distribute_tensor(FULL, init_device_mesh("cpu", (3,)), [Shard(0)])
    dcp.save({"weight": rows}, checkpoint_id="step_1")


def load_as(rank, placement):
    mesh = init_device_mesh("cpu", (2,))
    target = distribute_tensor(torch.zeros(3, 4), mesh, [placement])
    dcp.load({"weight": target}, checkpoint_id="step_1")
    return tuple(target.to_local().shape), torch.equal(target.full_tensor(), FULL)


if __name__ == "__main__":
    run_ranks(save_rows, 3)
    print("columns:", run_ranks(load_as, 2, Shard(1)))
    #> columns: [((3, 2), True), ((3, 2), True)]
    print("copies: ", run_ranks(load_as, 2, Replicate()))
    #> copies:  [((3, 4), True), ((3, 4), True)]
