# requires: cuda
# ran on: no device yet
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
y = torch.empty(3_000_000, dtype=torch.uint8, device="cuda")
show("3 MB more")
z = torch.empty(25_000_000, dtype=torch.uint8, device="cuda")
show("25 MB more")
del y, z
show("both freed")
torch.cuda.empty_cache()
show("empty_cache")
print(torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved())
torch.cuda.reset_peak_memory_stats()
print(torch.cuda.max_memory_allocated(), torch.cuda.max_memory_reserved())
