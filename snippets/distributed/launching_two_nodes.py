# run: python
import copy
import gc
import os
import shutil
import subprocess
import sys

import torch
from torch import distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from reference_impl.distributed import hold_port

if "RANK" not in os.environ:  # this is the script that starts both nodes
    port, held = hold_port()  # until this script ends, nobody else gets it
    flags = f"--nnodes=2 --nproc-per-node=2 --rdzv-backend=c10d --rdzv-endpoint=127.0.0.1:{port}"
    os.environ["PATH"] = "/nothing/here"
    words = [sys.executable, "-m", "torch.distributed.run", *flags.split(), __file__]
    sys.exit(max(node.wait() for node in [subprocess.Popen(words) for _ in range(2)]))
dist.init_process_group("gloo")
rank, found = dist.get_rank(), [None] * 4
torch.manual_seed(0)
alone = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)).double()
together = DistributedDataParallel(copy.deepcopy(alone))
for model, rows in ((alone, slice(None)), (together, slice(rank, None, 4))):
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    for batch in torch.randn(20, 8, 4, generator=torch.Generator().manual_seed(1)).double():
        optimizer.zero_grad()
        model(batch[rows]).pow(2).mean().backward()
        optimizer.step()
equal = all(map(torch.allclose, alone.parameters(), together.parameters()))
dist.all_gather_object(found, (os.environ["GROUP_RANK"], shutil.which("ssh"), equal))
if rank == 0:
    print("node, ssh, as one process:", *found)
del together, model, optimizer
gc.collect()  # DDP must be gone before its process group
dist.destroy_process_group()
#> node, ssh, as one process: ('0', None, True) ('0', None, True) ('1', None, True) ('1', None, True)
