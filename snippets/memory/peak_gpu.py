# requires: cuda
# ran on: no device yet
from functools import partial

import torch
from torch.utils.checkpoint import checkpoint

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import estimate_peak

config = GPTConfig.gpt2(dropout=0.0)  # 124M parameters
ids, targets = torch.randint(config.vocab, (2, 8, 1024), device="cuda")


def measure(batch, precision, loop, recompute):
    model = GPT(config).cuda()
    for block in model.blocks if recompute else ():
        block.forward = partial(checkpoint, block.forward, use_reentrant=False)
    optimizer = torch.optim.AdamW(model.parameters(), **{loop: True})
    found = []
    for _ in range(2):
        optimizer.zero_grad()
        torch.cuda.reset_peak_memory_stats()
        with torch.autocast("cuda", torch.bfloat16, enabled=precision == "autocast"):
            loss = model.loss(ids[:batch], targets[:batch])
        found = [torch.cuda.memory_allocated()]
        loss.backward()
        found.append(torch.cuda.memory_allocated())
        optimizer.step()
    return [*found, torch.cuda.max_memory_allocated()]


for case in [(1, "float32", "foreach", False), (8, "float32", "fused", False),
             (8, "float32", "fused", True), (1, "autocast", "fused", False),
             (8, "autocast", "foreach", False), (8, "autocast", "fused", True)]:  # fmt: skip  # a list reads as a list
    batch, precision, loop, recompute = case
    e = estimate_peak(config, batch, 1024, precision, loop=loop, recompute=recompute, kernels="cuda")
    rows = zip((e.after_forward, e.after_backward, e.peak), measure(*case), strict=True)
    print(*case, e.moment, *(f"{a / 2**20:.0f}/{b / 2**20:.0f}" for a, b in rows))
