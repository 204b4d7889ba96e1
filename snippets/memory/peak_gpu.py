# requires: cuda
# ran on: NVIDIA H200, torch 2.11.0+cu130, 2026-11-27
import gc
from functools import partial

import torch
from torch.utils.checkpoint import checkpoint

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import estimate_peak


def measured(config, batch, length, precision, loop, recompute):
    gc.collect()  # a recomputing block of an earlier case holds itself
    model = GPT(config).cuda()
    for block in model.blocks if recompute else ():
        block.forward = partial(checkpoint, block.forward, use_reentrant=False)
    optimizer = torch.optim.AdamW(model.parameters(), **{loop: True})
    ids, targets = torch.randint(config.vocab, (2, batch, length), device="cuda")
    for _ in range(2):
        optimizer.zero_grad()
        torch.cuda.reset_peak_memory_stats()
        with torch.autocast("cuda", torch.bfloat16, enabled=precision == "autocast"):
            loss = model.loss(ids, targets)
        loss.backward()
        optimizer.step()
    return torch.cuda.max_memory_allocated() / 2**30


for vocab, *case in [(50257, 1, 128, "float32", "foreach", False), (50257, 8, 1024, "autocast", "foreach", False),
                     (50257, 8, 1024, "autocast", "fused", True), (1000, 8, 1024, "autocast", "fused", True)]:  # fmt: skip  # a list
    config = GPTConfig.gpt2(dropout=0.0, vocab=vocab)
    found = estimate_peak(config, *case[:3], loop=case[3], recompute=case[4], kernels="cuda")
    gib = f"{found.peak / 2**30:.3f} GiB, measured {measured(config, *case):.3f}"
    print(vocab, *case, f"{found.moment}: {gib}")
#> 50257 1 128 float32 foreach False step: 2.380 GiB, measured 2.387
#> 50257 8 1024 autocast foreach False loss: 8.090 GiB, measured 8.106
#> 50257 8 1024 autocast fused True loss: 5.676 GiB, measured 5.681
#> 1000 8 1024 autocast fused True backward: 1.635 GiB, measured 1.663
