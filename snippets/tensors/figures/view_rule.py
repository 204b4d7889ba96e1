from itertools import accumulate
from math import log

import matplotlib.pyplot as plt
import torch
from matplotlib.patches import Rectangle

from reference_impl.tensors import memory_chunks, view_strides

x = torch.arange(24).view(2, 3, 4).permute(2, 0, 1)
shape, strides = tuple(x.shape), x.stride()
runs = [elements for elements, _ in memory_chunks(shape, strides)][::-1]
targets = [(4, 6), (4, 3, 2), (2, 2, 6), (8, 3), (24,), (3, 8)]


def borders(sizes):
    """Where the cuts between the sizes fall, with a size drawn as wide as its logarithm."""
    return [0, *accumulate(log(size) / log(24) for size in sizes)]


def bar(ax, y, sizes, labels, colour):
    for left, right, label in zip(borders(sizes), borders(sizes)[1:], labels):
        box = (left + 0.004, y - 0.3), right - left - 0.008, 0.6
        ax.add_patch(Rectangle(*box, facecolor=colour, alpha=0.3, linewidth=0))
        ax.text((left + right) / 2, y, label, ha="center", va="center", fontsize=9)


fig, ax = plt.subplots(figsize=(4.5, 4.4))
bar(ax, 8, shape, [f"{n}" for n in shape], "C0")
bar(ax, 7.1, runs, [f"a run of {n}" for n in runs], "C4")
ax.text(-0.03, 8, f"{shape}", ha="right", va="center")
ax.text(1.03, 8, f"{strides}", va="center", fontsize=9, color="C0")
for row, target in enumerate(targets):
    found = view_strides(shape, strides, target)
    y = 5.8 - row
    bar(ax, y, target, target, "C1" if found is None else "C2")
    ax.text(-0.03, y, f"{target}", ha="right", va="center")
    verdict = "refused" if found is None else f"{found}"
    ax.text(1.03, y, verdict, va="center", fontsize=9, color="C1" if found is None else "C2")
for border in borders(runs)[1:-1]:
    ax.vlines(border, 0.3, 8.5, linestyle="--", linewidth=1.2, color=plt.rcParams["text.color"])
ax.text(1.03, 8.6, "strides", fontsize=9, va="center")
ax.text(-0.03, 8.6, "shape", fontsize=9, ha="right", va="center")
ax.set(xlim=(-0.36, 1.4), ylim=(0.3, 8.9))
ax.axis("off")
