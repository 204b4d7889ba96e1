import matplotlib.pyplot as plt
import torch
from matplotlib.patches import FancyArrowPatch, Rectangle

START, TOP = 7.5, 4
x = torch.arange(12).view(3, 4)  # each value is its own place in storage
z = torch.arange(12).view(2, 3, 2)
rows = {
    "x": x,
    "x.t()": x.t(),
    "z": z,
    "z.permute(2, 0, 1)": z.permute(2, 0, 1),
}


def cell(ax, left, bottom, text, colour):
    ax.add_patch(Rectangle((left, bottom), 1, 1, facecolor=colour, alpha=0.35, linewidth=0))
    ax.add_patch(Rectangle((left, bottom), 1, 1, fill=False, alpha=0.5, linewidth=0.6))
    ax.text(left + 0.5, bottom + 0.45, text, ha="center", va="center", fontsize=9)


def draw(ax, name, y):
    """The tensor as a grid, and its storage with an arrow for one step along each dimension."""
    blocks = y if y.dim() == 3 else y[None]
    colour = {}
    for n, row in enumerate(blocks.reshape(-1, y.shape[-1]).tolist()):
        for place in row:
            colour.setdefault(place, f"C{n}")
    for b, i, j in torch.cartesian_prod(*map(torch.arange, blocks.shape)).tolist():
        place = blocks[b, i, j].item()
        cell(ax, j + b * (y.shape[-1] + 0.4), TOP - 1 - i, place, colour[place])
    for place in range(12):
        cell(ax, START + place, 1, place, colour.get(place, "none"))
    first = START + 0.5 + y.storage_offset()
    for stride in y.stride():
        ax.text(first + stride, 0.2, f"+{stride}", ha="center", va="center", fontsize=9)
        curve = f"arc3,rad={-0.7 if stride < 3 else -0.45}"
        arrow = {"connectionstyle": curve, "arrowstyle": "-|>,head_width=2,head_length=4"}
        if stride:
            ends = (first, 2.05), (first + stride, 2.05)
            ink = plt.rcParams["text.color"]
            ax.add_patch(FancyArrowPatch(*ends, **arrow, color=ink, shrinkA=0, shrinkB=0))
    numbers = f"stride {y.stride()}, offset {y.storage_offset()}"
    ax.text(0, TOP + 0.4, name, fontsize=10, family="monospace", weight="bold")
    ax.text(START + 12, TOP + 0.4, numbers, fontsize=9, ha="right")
    ax.set(xlim=(-0.1, START + 12.1), ylim=(-0.3, TOP + 1.2), aspect="equal")
    ax.axis("off")


fig, axes = plt.subplots(len(rows), figsize=(4.5, 5.3))
for ax, (name, y) in zip(axes, rows.items()):
    draw(ax, name, y)
