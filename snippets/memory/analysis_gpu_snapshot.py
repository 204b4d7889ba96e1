# requires: cuda
# ran on: NVIDIA H200, torch 2.11.0+cu130, 2026-11-27
import torch

from reference_impl.gpt import GPTConfig
from reference_impl.memory import replay
from reference_impl.memory.recording import record_training

config = GPTConfig(vocab=8192, context=256, dim=384, layers=4, heads=6)
snapshot = record_training(config, batch=8)
moment, nbytes = snapshot.peak()
stats = torch.cuda.memory_stats()
print(round(nbytes / 1e6), nbytes == stats["requested_bytes.all.peak"])
#> 602 True
ends = snapshot.marks()
marks = snapshot.about["marks"]
print(next(name for name, end in zip(marks, ends, strict=False) if moment < end))
#> backward 2

again = replay(snapshot)
print(again.same_address == again.allocations)
#> True
print(max(again.allocated) == torch.cuda.max_memory_allocated())
#> True
print(max(again.reserved) == torch.cuda.max_memory_reserved())
#> True
