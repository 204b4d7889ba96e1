# requires: cuda
# ran on: no device yet
from statistics import median

import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import OffloadedOptimizer

config = GPTConfig(vocab=50257, context=1024, dim=768, layers=12, heads=12)  # GPT-2, 124M


def seconds(model, optimizer, ids, targets):
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    with torch.autocast("cuda", torch.bfloat16):
        loss = model.loss(ids, targets)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    end.record()
    end.synchronize()
    return begin.elapsed_time(end) / 1e3


base = 0.0
for name, make in (("AdamW", torch.optim.AdamW), ("OffloadedOptimizer", OffloadedOptimizer)):
    torch.manual_seed(0)
    model = GPT(config).cuda()
    optimizer = make(model.parameters(), lr=1e-4, fused=True)
    ids, targets = torch.randint(config.vocab, (2, 1, 1024), device="cuda")
    for _ in range(2):
        seconds(model, optimizer, ids, targets)
    torch.cuda.reset_peak_memory_stats()
    time = median(seconds(model, optimizer, ids, targets) for _ in range(5))
    base = base or time
    print(
        f"{name:18} {torch.cuda.max_memory_allocated() / 2**30:5.2f} GiB, {time / base:4.1f} x the time"
    )
    del model, optimizer, ids, targets
