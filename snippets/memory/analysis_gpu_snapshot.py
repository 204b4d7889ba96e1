# requires: cuda
# ran on: no device yet
import torch

from reference_impl.gpt import GPTConfig
from reference_impl.memory import record_training, replay

config = GPTConfig(vocab=8192, context=256, dim=384, layers=4, heads=6)
snapshot = record_training(config, batch=8)
moment, nbytes = snapshot.peak()
stats = torch.cuda.memory_stats()
print(round(nbytes / 1e6), nbytes == stats["requested_bytes.all.peak"])
ends = snapshot.marks()
print(next(name for name, end in zip(snapshot.about["marks"], ends, strict=False) if moment < end))
for frame, size in snapshot.by_frame_at_peak().most_common(6):
    print(f"{size / 1e6:6.1f} MB  {frame}")

again = replay(snapshot)
print(again.same_address == again.allocations)
print(max(again.allocated) == torch.cuda.max_memory_allocated())
print(max(again.reserved) == torch.cuda.max_memory_reserved())
