import torch
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.gpt import Block, GPTConfig

for dropout in (0.0, 0.1):
    config = GPTConfig(vocab=10, context=8, dim=16, layers=1, heads=2, dropout=dropout)
    block, x = Block(config), torch.ones(1, 8, 16, requires_grad=True)
    flops = []
    for early in (True, False):
        with FlopCounterMode(display=False) as counter:
            checkpoint(block, x, use_reentrant=False, early_stop=early).sum().backward()
        flops.append(counter.get_total_flops())
    print(dropout, flops)
#> 0.0 [180224, 196608]
#> 0.1 [212992, 212992]
