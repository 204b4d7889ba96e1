# requires: cuda
# ran on: no device yet
import gc
from functools import partial

import torch
from torch.nn.functional import cross_entropy
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
            loss = cross_entropy(model(ids).flatten(0, 1), targets.flatten())
        loss.backward()
        optimizer.step()
    return torch.cuda.max_memory_allocated() / 2**30


for vocab, *case in [
    (50257, 1, 128, "float32", "foreach", False),
    (50257, 8, 1024, "autocast", "foreach", False),
    (50257, 8, 1024, "autocast", "fused", True),
    (1000, 8, 1024, "autocast", "fused", True),
]:
    config = GPTConfig.gpt2(dropout=0.0, vocab=vocab)
    how = {"loop": case[3], "recompute": case[4], "logits": True, "kernels": "cuda"}
    e = estimate_peak(config, *case[:3], **how)
    print(vocab, *case, e.moment, f"{e.peak / 2**30:.3f} GiB, {measured(config, *case):.3f} measured")
