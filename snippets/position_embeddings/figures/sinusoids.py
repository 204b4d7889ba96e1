import matplotlib.pyplot as plt
import torch

from reference_impl.position_embeddings import sinusoids

table = (3 * sinusoids(torch.arange(64), 32)).round().long()  # seven shades, from -3 to 3

fig, ax = plt.subplots(figsize=(4.5, 3.8))
for column in range(32):
    shades, lengths = table[:, column].unique_consecutive(return_counts=True)
    starts = lengths.cumsum(0) - lengths
    for shade in shades.unique().tolist():
        here = shades == shade
        bars = list(zip(starts[here].tolist(), lengths[here].tolist(), strict=True))
        colour = "C0" if shade > 0 else "C1"
        style = {"color": colour, "alpha": abs(shade) / 3, "linewidth": 0}
        if shade:
            ax.broken_barh(bars, (column, 1), **style)
ax.set(xlabel="position", ylabel="column, from fast to slow", xlim=(0, 64), ylim=(32, 0))
ax.set(xticks=[0, 16, 32, 48, 64], yticks=[0, 8, 16, 24, 32])
for name, colour in (("positive", "C0"), ("negative", "C1")):
    ax.barh(-5, 1, color=colour, label=name)
ax.legend(fontsize=9, loc="upper center", bbox_to_anchor=(0.5, 1.15), ncols=2, frameon=False)
