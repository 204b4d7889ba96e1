# run: python
import gc
import os
import subprocess
import sys

import torch
from torch import distributed as dist
from torch.nn.parallel import DistributedDataParallel

from reference_impl.saving import CheckpointFolder

if "RANK" not in os.environ:
    os.environ["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = "1"  # the text below says why
    flags = "-m torch.distributed.run --standalone --nproc-per-node=2 --max-restarts=1"
    for name in ("undisturbed", "killed"):
        run = subprocess.run([sys.executable, *flags.split(), __file__, name], capture_output=True)
    ends = {CheckpointFolder(folder).path(12).read_bytes() for folder in ("undisturbed", "killed")}
    sys.exit(print("same checkpoint:", len(ends) == 1, "steps:", *run.stdout.decode().split()))
dist.init_process_group("gloo")
rank, checkpoints = dist.get_rank(), CheckpointFolder(sys.argv[1])
torch.manual_seed(0)
model = DistributedDataParallel(torch.nn.Linear(4, 1))
parts = {"model": model, "optimizer": torch.optim.AdamW(model.parameters(), lr=0.1)}
found = checkpoints.load_latest()
for name in parts if found else ():
    parts[name].load_state_dict(found.state[name])
for step in range(found.step + 1 if found else 1, 13):
    model.zero_grad()
    model(torch.full((8, 4), float(step + rank))).pow(2).mean().backward()
    parts["optimizer"].step()
    print(step if rank == 1 else "")
    if (sys.argv[1], rank, step, found) == ("killed", 1, 7, None):
        os.kill(os.getpid(), 9)  # SIGKILL, in the first attempt only
    if rank == 0 and step % 4 == 0:
        checkpoints.save(step, {name: part.state_dict() for name, part in parts.items()})
del model, parts
gc.collect()  # DDP goes before its process group
dist.destroy_process_group()
#> same checkpoint: True steps: 1 2 3 4 5 6 7 5 6 7 8 9 10 11 12
