from functools import partial

import torch
from torch.utils.checkpoint import checkpoint, create_selective_checkpoint_contexts

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.gpt import Block, GPTConfig
from reference_impl.memory import checked_policy

config = GPTConfig(vocab=1000, context=128, dim=64, layers=1, heads=4)
block, x = Block(config), torch.randn(8, 128, 64, requires_grad=True)


@checked_policy
def policy(ctx, op, *args, **kwargs):
    last = op is torch.ops.aten.addmm.default and args[1].shape[1] == config.hidden_size
    return op is torch.ops.aten.addmm.default and not last


with LiveBytes() as alive:
    contexts = partial(create_selective_checkpoint_contexts, policy)
    y = checkpoint(block, x, use_reentrant=False, context_fn=contexts)
print((alive.live - y.nbytes + x.nbytes) / x.nbytes)
#> 9.0
