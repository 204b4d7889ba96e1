# requires: cuda
# ran on: NVIDIA H200, torch 2.11.0+cu130, 2026-11-27
# within: 25 %
from functools import partial

import torch
from torch.utils.benchmark import Timer
from torch.utils.checkpoint import checkpoint

from reference_impl.gpt import GPT, Block, GPTConfig
from reference_impl.memory import keep_contexts

model = GPT(GPTConfig.gpt2(dropout=0.0)).cuda()  # 124M
ids, targets = torch.randint(model.config.vocab, (2, 8, 1024), device="cuda")


def step():
    with torch.autocast("cuda", torch.bfloat16):
        loss = model.loss(ids, targets)
    loss.backward()
    model.zero_grad()


ways = {"none": None, "full": {}, "attention": {"context_fn": keep_contexts("attention")},
        "both": {"context_fn": keep_contexts("attention", "products")}}  # fmt: skip  # a list reads as a list
first = None
for name, options in ways.items():
    for block in model.blocks if options is not None else []:
        call = partial(checkpoint, Block.forward, block, use_reentrant=False)
        block.forward = partial(call, **options)
    time = Timer("step()", globals={"step": step}).blocked_autorange(min_run_time=2).median
    first = first or time
    torch.cuda.reset_peak_memory_stats()
    step()
    peak = torch.cuda.max_memory_allocated() / 2**30
    print(f"{name}: {peak:.1f} GiB, {time / first:.2f} times as long")
#> none: 7.2 GiB, 1.00 times as long
#> full: 4.8 GiB, 1.33 times as long
#> attention: 4.9 GiB, 1.98 times as long
#> both: 6.2 GiB, 1.62 times as long
