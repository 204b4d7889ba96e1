import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint_sequential

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.gpt import Block, GPTConfig

CONFIG = GPTConfig(vocab=9, context=64, dim=16, layers=1, heads=2)
SEGMENTS = (1, 2, 4, 8, 16, 32, 64)


def peak(layers, segments):
    """Return the most that was alive in a step, in tensors of the input's size."""
    x = torch.randn(8, 64, 16, requires_grad=True)
    for weight in layers.parameters():
        weight.grad = torch.zeros_like(weight)  # from before, so not counted
    with LiveBytes() as alive:
        checkpoint_sequential(layers, segments, x, use_reentrant=False).sum().backward()
    return alive.peak / x.nbytes


chains = {
    "16 GPT blocks, 16 tensors each": nn.Sequential(*(Block(CONFIG) for _ in range(16))),
    "64 layers, 1 tensor each": nn.Sequential(*(nn.Tanh() for _ in range(64))),
}
figure, axis = plt.subplots(figsize=(4.5, 3.0), layout="constrained")
for colour, (name, layers) in enumerate(chains.items()):
    counts = [segments for segments in SEGMENTS if segments <= len(layers)]
    peaks = [peak(layers, segments) for segments in counts]
    axis.plot(counts, peaks, "o-", color=f"C{colour}", label=name)
    lowest = min(range(len(peaks)), key=peaks.__getitem__)
    place = (counts[lowest], peaks[lowest] / 1.25)
    axis.text(*place, f"{peaks[lowest]:.0f}", ha="center", va="top", fontsize=9)
axis.set_xscale("log", base=2)
axis.set_yscale("log")
axis.set_xticks(SEGMENTS, [str(segments) for segments in SEGMENTS])
axis.set_yticks([10, 30, 100, 300], ["10", "30", "100", "300"])
axis.minorticks_off()
axis.set(xlabel="segments", ylabel="tensors at the peak", ylim=(8, 500))
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9, loc="lower center", bbox_to_anchor=(0.5, 1.0))
