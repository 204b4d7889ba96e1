# run: python
import os
import subprocess
import sys
import time

from torch import distributed as dist
from torch.distributed.elastic.multiprocessing.errors import record


@record
def main():
    dist.init_process_group("gloo")
    if dist.get_rank() == 1:
        raise ValueError("no such expert")
    time.sleep(600)  # stands for a long step


if "RANK" in os.environ:
    main()
else:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    run = subprocess.run([*command, __file__], stderr=subprocess.PIPE, text=True)
    cause = run.stderr[run.stderr.index("Root Cause") :].splitlines()
    print(cause[0], "in a message of more than 50 lines:", run.stderr.count("\n") > 50)
    for line in cause:
        if line.split(":")[0].strip() in ("rank", "exitcode", "ValueError"):
            print(line.split("(pid")[0])
#> Root Cause (first observed failure): in a message of more than 50 lines: True
#>   rank      : 1 (local_rank: 1)
#>   exitcode  : 1
#>   ValueError: no such expert
