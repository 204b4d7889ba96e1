import torch

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import MemoryTimeline

config = GPTConfig(vocab=4000, context=16, dim=128, layers=1, heads=2)
model, (ids, targets) = GPT(config), torch.randint(4000, (2, 1, 16))
loss = model.loss(ids, targets)
with MemoryTimeline(model) as timeline:
    loss.backward()
weights = sum(p.nbytes for p in model.parameters())
model.zero_grad()
loss = model.loss(ids, targets)
with LiveBytes() as meter:
    loss.backward()
print(f"table         {model.tokens.weight.nbytes / 1e6:.2f} MB")
#> table         2.05 MB
print(f"profiler      {(timeline.peak() - weights) / 1e6:.2f} MB allocated in backward")
#> profiler      2.86 MB allocated in backward
print(f"dispatch mode {meter.peak / 1e6:.2f} MB")
#> dispatch mode 4.90 MB
