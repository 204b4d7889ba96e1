from functools import partial

import torch
from torch.utils.checkpoint import checkpoint, create_selective_checkpoint_contexts
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.gpt import Block, GPTConfig
from reference_impl.memory import CPU_ATTENTION_FLOPS

aten = torch.ops.aten
attention = [aten._scaled_dot_product_flash_attention_for_cpu.default]
ways = {"full": [], "attention": attention, "products": [aten.addmm.default],
        "both": [aten.addmm.default, *attention]}  # fmt: skip  # a table reads as a table
config = GPTConfig(vocab=1000, context=128, dim=64, layers=1, heads=4)
block, x = Block(config), torch.randn(8, 128, 64, requires_grad=True)
for name, ops in {"none": None, **ways}.items():
    contexts = partial(create_selective_checkpoint_contexts, ops)
    run = partial(checkpoint, block, use_reentrant=False, context_fn=contexts)
    counter = FlopCounterMode(display=False, custom_mapping=CPU_ATTENTION_FLOPS)
    with LiveBytes() as alive, counter:
        y = block(x) if ops is None else run(x)
        kept, forward = alive.live - y.nbytes + x.nbytes, counter.get_total_flops()
        y.sum().backward()
    print(f"{name:9} {kept / x.nbytes:5.2f} {counter.get_total_flops() / forward:.2f}")
#> none      16.12 3.12
#> full       1.00 3.88
#> attention  2.06 3.62
#> products  10.00 3.38
#> both      11.06 3.12
