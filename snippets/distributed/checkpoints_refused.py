from pathlib import Path

import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Shard, distribute_tensor

from reference_impl.distributed import run_ranks


def sharded(rows):
    return distribute_tensor(torch.ones(rows, 2), init_device_mesh("cpu", (2,)), [Shard(0)])


def load(rank, key, rows):
    try:
        dcp.load({key: sharded(rows)}, checkpoint_id="step_1")
    except dcp.CheckpointException as error:
        return str(error).strip().splitlines()[-1]


if __name__ == "__main__":
    run_ranks(lambda rank: dcp.save({"weight": sharded(5)}, checkpoint_id="step_1"), 2)
    for wrong in [("wieght", 5), ("weight", 6)]:
        print(*set(run_ranks(load, 2, *wrong)))
    #> RuntimeError: Missing key in checkpoint state_dict: wieght.
    #> ValueError: Size mismatch between saved torch.Size([5, 2]) and current: torch.Size([6, 2]) for weight
    Path("step_1/__1_0.distcp").unlink()
    print(*set(run_ranks(load, 2, "weight", 5)))
    #> FileNotFoundError: [Errno 2] No such file or directory: 'step_1/__1_0.distcp'
