from functools import partial

import matplotlib.pyplot as plt
import torch
from torch.utils.checkpoint import checkpoint

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.gpt import Block, GPTConfig
from reference_impl.memory import keep_contexts

CONFIG = GPTConfig(vocab=1000, context=128, dim=64, layers=6, heads=4)
WAYS = {
    "none": None,
    "products and attention kept": {"context_fn": keep_contexts("attention", "products")},
    "full": {},
}


class Recorder(LiveBytes):
    """Writes down what is alive after each operation."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = super().__torch_dispatch__(func, types, args, kwargs)
        trace.append(self.live)
        return out


torch.manual_seed(0)
blocks = [Block(CONFIG) for _ in range(CONFIG.layers)]
for weight in (w for block in blocks for w in block.parameters()):
    weight.grad = torch.zeros_like(weight)  # from before: only activations are to be seen
x = torch.randn(8, 128, 64, requires_grad=True)
figure, axis = plt.subplots(figsize=(4.5, 2.9), layout="constrained")
for colour, (name, options) in enumerate(WAYS.items()):
    trace: list[int] = []
    with Recorder():
        y = x
        for block in blocks:
            run = partial(checkpoint, block, use_reentrant=False, **(options or {}))
            y = block(y) if options is None else run(y)
        turn = len(trace)
        y.sum().backward()
    forward = [i / turn for i in range(turn)]
    backward = [1 + 2 * i / (len(trace) - turn) for i in range(len(trace) - turn)]
    units = [live / x.nbytes for live in trace]
    axis.plot(forward + backward, units, color=f"C{colour}", linewidth=1.4, label=name)
axis.axvline(1, color=plt.rcParams["text.color"], alpha=0.5, linewidth=0.8, linestyle=":")
axis.set_xticks([0.5, 2], ["forward", "backward"])
axis.tick_params(axis="x", length=0)
axis.set(ylabel="tensors of x's size", ylim=(0, None), xlim=(0, 3))
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
