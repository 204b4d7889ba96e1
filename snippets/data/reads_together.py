import os
from pathlib import Path

import torch
from torch.utils.data import DataLoader

ITEMS, SIZE = 256, 64
Path("packed").write_bytes(bytes(ITEMS * SIZE))


class Grouped(list):
    def __getitems__(self, indices):
        runs = []
        for index in sorted(indices):
            if runs and index == runs[-1][-1] + 1:
                runs[-1].append(index)  # a neighbour: the same read brings it
            else:
                runs.append([index])
        for run in runs:
            reads.append(os.pread(handle, len(run) * SIZE, run[0] * SIZE))
        return indices


handle = os.open("packed", os.O_RDONLY)
for shuffle in (False, True):
    for batch_size in (1, 16, 128):
        torch.manual_seed(0)
        reads = []
        for batch in DataLoader(Grouped(range(ITEMS)), batch_size, shuffle):
            pass
        print(f"shuffle={shuffle}, batch size {batch_size}: {len(reads)} reads")
#> shuffle=False, batch size 1: 256 reads
#> shuffle=False, batch size 16: 16 reads
#> shuffle=False, batch size 128: 2 reads
#> shuffle=True, batch size 1: 256 reads
#> shuffle=True, batch size 16: 242 reads
#> shuffle=True, batch size 128: 128 reads
os.close(handle)
