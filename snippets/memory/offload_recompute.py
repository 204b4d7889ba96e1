from functools import partial

import torch
from torch.utils.checkpoint import checkpoint

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import Offload

config = GPTConfig(vocab=50, context=64, dim=48, layers=4, heads=4)
model, (ids, targets) = GPT(config), torch.randint(50, (2, 8, 64))
for block in model.blocks:
    block.forward = partial(checkpoint, block.forward, use_reentrant=False)
with Offload(model, ids, targets, min_bytes=10_000) as offload:
    loss = model.loss(ids, targets)
unit = 8 * 64 * 48 * 4  # bytes of the tokens, (batch, length, dim)
print(offload.moved_out / unit, offload.copies)
#> 5.0 5
