# requires: cuda
# ran on: NVIDIA H200, torch 2.11.0+cu130, 2026-11-27
import re

import torch

total = torch.cuda.mem_get_info()[1]
torch.cuda.set_per_process_memory_fraction(64 * 2**20 / total)  # 64 MiB
seen = []
torch._C._cuda_attach_out_of_memory_observer(lambda *call: seen.append(call))

kept = [torch.empty(2**20, device="cuda") for _ in range(15)]  # 4 MiB each
del kept[1::2]  # every second one
try:
    torch.empty(25 * 2**20, dtype=torch.uint8, device="cuda")
except torch.OutOfMemoryError as error:
    message = str(error)

# What differs from machine to machine becomes N.
message = re.sub(r"(capacity of|of which|process has) [\d.]+ \w+", r"\1 N", message)
print(*re.split(r"(?<=[.;])\s+", message), sep="\n")
#> CUDA out of memory.
#> Tried to allocate 26.00 MiB.
#> GPU 0 has a total capacity of N of which N is free.
#> Including non-PyTorch memory, this process has N memory in use.
#> 64.00 MiB allowed;
#> Of the allocated memory 32.00 MiB is allocated by PyTorch, and 28.00 MiB is reserved by PyTorch but unallocated.
#> If reserved but unallocated memory is large try setting PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to avoid fragmentation.
#> See documentation for Memory Management  (https://docs.pytorch.org/docs/stable/notes/cuda.html#optimizing-memory-usage-with-pytorch-cuda-alloc-conf)
device, asked, allowed, free = seen[0]
print(device, asked / 2**20, round(allowed / 2**20, 1))
#> 0 26.0 64.0
stats = torch.cuda.memory_stats()
print(stats["num_alloc_retries"], stats["num_ooms"])
#> 1 1
