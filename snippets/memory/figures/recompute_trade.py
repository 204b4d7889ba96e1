import warnings
from functools import partial

import matplotlib.pyplot as plt
import torch
from torch._dynamo import lookup_backend
from torch._functorch import config as functorch
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import FlopCounterMode

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.gpt import Block, GPTConfig
from reference_impl.memory import CPU_ATTENTION_FLOPS, keep_contexts

block = Block(GPTConfig(vocab=1000, context=128, dim=64, layers=1, heads=4))
x = torch.randn(8, 128, 64, requires_grad=True)
counter = FlopCounterMode(display=False, custom_mapping=CPU_ATTENTION_FLOPS)
weights, sizes = {w.data_ptr() for w in block.parameters()}, {}


def eager(run):
    """Run one block, and return what is kept, in tensors, and the work, in forwards."""
    with LiveBytes() as alive, counter:
        y = run(x)
        kept, forward = alive.live - y.nbytes + x.nbytes, counter.get_total_flops()
        y.sum().backward()
    return kept / x.nbytes, counter.get_total_flops() / forward


def note(tensor):
    sizes[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
    return tensor


def compiled(budget):
    """The same for a block whose compiler has a budget."""
    torch._dynamo.reset()
    backend = partial(lookup_backend("aot_eager_decomp_partition_with_mode"), mode=counter)
    with functorch.patch(activation_memory_budget=budget), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch about itself, when it imports
        run = torch.compile(block, backend=backend)
        run(x)
    sizes.clear()
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        y = run(x)
    forward = counter.get_total_flops()
    y.sum().backward()
    kept = sum(size for at, size in sizes.items() if at not in weights)
    return kept / x.nbytes, 1 + counter.get_total_flops() / forward


again = partial(checkpoint, block, use_reentrant=False)
kept = {"attention": ("attention",), "products": ("products",), "both": ("attention", "products")}
points = {"none": eager(block), "full": eager(again)}
for name, parts in kept.items():
    points[name] = eager(partial(again, context_fn=keep_contexts(*parts)))
budgets = [compiled(budget) for budget in (1.0, 0.8, 0.5, 0.3, 0.2, 0.1, 0.0)]
figure, axis = plt.subplots(figsize=(4.5, 3.0), layout="constrained")
ends = zip(points["none"], points["full"], strict=True)
axis.plot(*ends, ":", color=plt.rcParams["text.color"], alpha=0.6, linewidth=1)
axis.text(6.2, 3.66, "some blocks full,\nothers none", fontsize=9)
axis.plot(*zip(*budgets, strict=True), "o-", color="C1", markersize=4, label="compiler's budget")
axis.plot(*zip(*points.values(), strict=True), "s", color="C0", markersize=6, label="checkpoint")
places = {
    "none": (0, 8),
    "full": (8, 2),
    "attention": (-10, -14),
    "products": (7, 3),
    "both": (0, 8),
}
for name, point in points.items():
    axis.annotate(name, point, places[name], textcoords="offset points", fontsize=9)
axis.set(xlabel="kept by a block, in tensors of x's size", ylabel="work of a step, in forwards")
axis.set(xlim=(0, 18), ylim=(3.05, 4))
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9, loc="upper right")
