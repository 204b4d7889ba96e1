# requires: cuda
# ran on: NVIDIA H200, torch 2.11.0+cu130, 2026-11-27
# within: 40 %
from statistics import median

import torch

size = 2**28  # bytes
device = torch.empty(size, dtype=torch.uint8, device="cuda")
for name, pinned in (("pageable", False), ("pinned", True)):
    host = torch.ones(size, dtype=torch.uint8, pin_memory=pinned)
    for way, to, source in (("to the host", host, device), ("to the device", device, host)):
        times = []
        for _ in range(7):
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            to.copy_(source, non_blocking=True)
            end.record()
            end.synchronize()
            times.append(begin.elapsed_time(end) / 1e3)
        print(f"{name:8} {way:13} {size / median(times[2:]) / 1e9:4.0f} GB/s")
#> pageable to the host     13 GB/s
#> pageable to the device    6 GB/s
#> pinned   to the host     55 GB/s
#> pinned   to the device   55 GB/s
