# requires: cuda
# ran on: NVIDIA H200, torch 2.11.0+cu130, 2026-11-27
# within: 25 %
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
    torch.cuda.reset_peak_memory_stats()
    time = median([seconds(model, optimizer, ids, targets) for _ in range(7)][2:])
    base, peak = base or time, torch.cuda.max_memory_allocated() / 2**30
    print(f"{name:18} {peak:5.2f} GiB, {time / base:4.1f} x the time")
#> AdamW               2.51 GiB,  1.0 x the time
#> OffloadedOptimizer  1.58 GiB,  3.4 x the time
