# requires: cuda
# ran on: NVIDIA H200, torch 2.11.0+cu130, 2026-11-27
import torch

names = ("requested_bytes", "allocated_bytes", "active_bytes", "reserved_bytes")
torch.cuda.init()
start = torch.cuda.mem_get_info()[0]


def show(what):
    stats = torch.cuda.memory_stats()
    counts = [stats.get(f"{name}.all.current", 0) for name in names]
    driver = (start - torch.cuda.mem_get_info()[0]) / 2**20
    print(f"{what:12}", *(f"{count:11,}" for count in counts), f"{driver:4.0f} MiB")


x = torch.empty(1, device="cuda")
show("4 bytes")
#> 4 bytes                4         512         512   2,097,152    2 MiB
y = torch.empty(3_000_000, dtype=torch.uint8, device="cuda")
show("3 MB more")
#> 3 MB more      3,000,004   3,000,832   3,000,832  23,068,672   22 MiB
z = torch.empty(25_000_000, dtype=torch.uint8, device="cuda")
show("25 MB more")
#> 25 MB more    28,000,004  28,166,656  28,166,656  48,234,496   46 MiB
del y, z
show("both freed")
#> both freed             4         512         512  48,234,496   46 MiB
torch.cuda.empty_cache()
show("empty_cache")
#> empty_cache            4         512         512   2,097,152    2 MiB
print(torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved())
#> 28166656 48234496
torch.cuda.reset_peak_memory_stats()
print(torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved())
#> 512 2097152
