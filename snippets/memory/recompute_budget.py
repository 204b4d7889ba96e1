from functools import partial

import torch
from torch._dynamo import lookup_backend
from torch._functorch import config as functorch
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.gpt import Block, GPTConfig
from reference_impl.memory import CPU_ATTENTION_FLOPS

block = Block(GPTConfig(vocab=1000, context=128, dim=64, layers=1, heads=4))
x = torch.randn(8, 128, 64, requires_grad=True)
weights, sizes = {w.data_ptr() for w in block.parameters()}, {}
counter = FlopCounterMode(display=False, custom_mapping=CPU_ATTENTION_FLOPS)
backend = partial(lookup_backend("aot_eager_decomp_partition_with_mode"), mode=counter)


def note(tensor):
    sizes[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
    return tensor


for budget in (1.0, 0.8, 0.5, 0.3, 0.0):
    torch._dynamo.reset()
    with functorch.patch(activation_memory_budget=budget):
        run = torch.compile(block, backend=backend)
        run(x)  # compiles
    sizes.clear()
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        y = run(x)
    forward = counter.get_total_flops()
    y.sum().backward()
    kept = sum(size for at, size in sizes.items() if at not in weights)
    print(f"{budget}: {kept / x.nbytes:5.2f} {1 + counter.get_total_flops() / forward:.2f}")
#> 1.0: 16.12 3.12
#> 0.8: 10.12 3.12
#> 0.5:  9.06 3.38
#> 0.3:  5.00 3.62
#> 0.0:  1.00 3.88
