# requires: cuda
# ran on: no device yet
from functools import partial

import torch
from torch.utils.benchmark import Timer
from torch.utils.checkpoint import checkpoint, create_selective_checkpoint_contexts

from reference_impl.gpt import GPT, Block, GPTConfig

aten = torch.ops.aten
products = [aten.mm.default, aten.addmm.default]
attention = [aten._scaled_dot_product_flash_attention.default, aten._scaled_dot_product_cudnn_attention.default,
             aten._scaled_dot_product_efficient_attention.default]  # fmt: skip  # one a kernel
config = GPTConfig(vocab=50257, context=1024, dim=768, layers=12, heads=12)  # GPT-2, 124M
torch.manual_seed(0)
model, (ids, targets) = GPT(config).cuda(), torch.randint(config.vocab, (2, 8, 1024), device="cuda")


def step():
    with torch.autocast("cuda", torch.bfloat16):
        loss = model.loss(ids, targets)
    loss.backward()
    model.zero_grad()


first = None
for name, ops in {"none": None, "full": [], "attention": attention, "both": attention + products}.items():  # fmt: skip
    if ops is not None:  # an empty list saves nothing, and so recomputes all
        contexts = partial(create_selective_checkpoint_contexts, ops)
        for block in model.blocks:
            call = partial(checkpoint, Block.forward, block, use_reentrant=False)
            block.forward = partial(call, context_fn=contexts) if ops else call
    time = Timer("step()", globals={"step": step}).blocked_autorange(min_run_time=2).median
    first = first or time
    torch.cuda.reset_peak_memory_stats()
    step()
    peak = torch.cuda.max_memory_allocated() / 2**30
    print(f"{name}: {peak:.1f} GiB, {time / first:.2f} times as long")
