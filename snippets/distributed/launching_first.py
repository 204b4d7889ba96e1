# run: torchrun --nproc-per-node=2
import os

import torch
from torch import distributed as dist

NAMES = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_RANK", "MASTER_ADDR")

dist.init_process_group("gloo")  # no arguments: it reads the environment
x = torch.tensor([dist.get_rank() + 1.0])
dist.all_reduce(x)

everyone = [None] * dist.get_world_size()
dist.all_gather_object(everyone, {name: os.environ[name] for name in NAMES})
if dist.get_rank() == 0:
    print(x)
    for name in NAMES:
        print(f"{name:16}", *(variables[name] for variables in everyone))
    for name in ("MASTER_PORT", "OMP_NUM_THREADS", "TORCHELASTIC_RUN_ID"):
        print(name, "is set" if os.environ.get(name) else "is missing")
dist.destroy_process_group()
#> tensor([3.])
#> RANK             0 1
#> LOCAL_RANK       0 1
#> WORLD_SIZE       2 2
#> LOCAL_WORLD_SIZE 2 2
#> GROUP_RANK       0 0
#> MASTER_ADDR      localhost localhost
#> MASTER_PORT is set
#> OMP_NUM_THREADS is set
#> TORCHELASTIC_RUN_ID is set
