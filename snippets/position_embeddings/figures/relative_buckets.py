import matplotlib.pyplot as plt
import torch

from reference_impl.position_embeddings import t5_bucket

relative = torch.arange(-150, 151)
fig, axes = plt.subplots(2, 1, figsize=(4.5, 5.0), sharex=True, sharey=True)
for ax, bidirectional, name in zip(axes, (True, False), ("encoder", "decoder"), strict=True):
    buckets = t5_bucket(relative, bidirectional=bidirectional)
    sides = {"key before": (relative <= 0, "C0"), "key after": (relative > 0, "C1")}
    for label, (side, colour) in sides.items():
        numbers = buckets[side].unique()
        ends = [relative[side & (buckets == number)] for number in numbers]
        left, right = ([pick(end).item() for end in ends] for pick in (torch.min, torch.max))
        left, right = [x - 0.5 for x in left], [x + 0.5 for x in right]
        ax.hlines(numbers, left, right, color=colour, linewidth=3, label=label)
    ax.set(ylabel=f"bucket, {name}", yticks=[0, 8, 15, 24, 31], xticks=[-128, -64, 0, 64, 128])
    ax.grid(axis="y", alpha=0.3)
axes[0].legend(fontsize=9, loc="lower right")
axes[1].set_xlabel("key position minus query position")
