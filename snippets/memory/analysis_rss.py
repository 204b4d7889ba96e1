# run: python
import resource
from pathlib import Path

import torch


def resident():  # pages of this process that are in memory now, on Linux
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


start = resident()
x = torch.empty(2**26, dtype=torch.uint8)  # 64 MiB asked for
print(round((resident() - start) / 16) * 16)
x[: 2**25] = 1  # half of it used
print(round((resident() - start) / 16) * 16)
#> 0
#> 32
