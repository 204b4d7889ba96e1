import torch
from torch.utils.checkpoint import checkpoint

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.gpt import Block, GPTConfig
from reference_impl.memory import SavedBytes, keep_contexts

config = GPTConfig(vocab=1000, context=128, dim=64, layers=1, heads=4)
block, x = Block(config), torch.randn(8, 128, 64, requires_grad=True)
with LiveBytes() as alive, SavedBytes(block) as saved:
    y = checkpoint(block, x, use_reentrant=False, context_fn=keep_contexts("products"))
print("alive, without the output:", (alive.live - y.nbytes) / x.nbytes)
#> alive, without the output: 9.0
print("seen by hooks:", saved.nbytes / x.nbytes)
#> seen by hooks: 1.0
