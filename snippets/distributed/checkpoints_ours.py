import json
from pathlib import Path

import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Shard, distribute_tensor

from reference_impl.distributed import load_pieces, run_ranks, save_pieces

WEIGHT, BIAS = torch.arange(10.0).reshape(5, 2), torch.ones(5)


def save(rank):
    mesh = init_device_mesh("cpu", (2,))
    save_pieces({"weight": distribute_tensor(WEIGHT, mesh, [Shard(0)]), "bias": BIAS}, "step_1")


def load(rank):
    target = distribute_tensor(torch.zeros(5, 2), init_device_mesh("cpu", (4,)), [Shard(0)])
    opened = load_pieces({"weight": target}, "step_1")
    return opened, torch.equal(target.full_tensor(), WEIGHT)


if __name__ == "__main__":
    run_ranks(save, 2)
    for key, entry in json.loads(Path("step_1/pieces.json").read_text()).items():
        for piece in entry["pieces"]:
            print(key, entry["shape"], piece)
    #> weight [5, 2] {'file': 'rank-0-of-2.safetensors', 'offset': [0, 0], 'shape': [3, 2]}
    #> weight [5, 2] {'file': 'rank-1-of-2.safetensors', 'offset': [3, 0], 'shape': [2, 2]}
    #> bias [5] {'file': 'rank-0-of-2.safetensors', 'offset': [0], 'shape': [5]}
    for rank, (opened, equal) in enumerate(run_ranks(load, 4)):
        print(rank, opened, equal)
    #> 0 ['rank-0-of-2.safetensors'] True
    #> 1 ['rank-0-of-2.safetensors', 'rank-1-of-2.safetensors'] True
    #> 2 ['rank-1-of-2.safetensors'] True
    #> 3 [] True
