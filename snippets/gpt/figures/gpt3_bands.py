import matplotlib.pyplot as plt

from reference_impl.attention import causal_mask, sliding_window_mask

n, band = 16, 4
masks = {"dense: blocks 0, 2, 4 ...": causal_mask(n), "banded: 1, 3, 5 ...": None}
masks["banded: 1, 3, 5 ..."] = sliding_window_mask(n, window=band)
figure, axes = plt.subplots(1, 2, figsize=(4.5, 2.5), layout="constrained")
for axis, (name, mask) in zip(axes, masks.items(), strict=True):
    axis.add_patch(plt.Rectangle((0, 0), n, n, color="C0", alpha=0.1, linewidth=0))
    for i, j in mask.nonzero().tolist():
        axis.add_patch(plt.Rectangle((j + 0.06, i + 0.06), 0.88, 0.88, color="C0", linewidth=0))
    axis.set(xlim=(-0.2, n + 0.2), ylim=(n + 0.2, -0.2), aspect="equal", xticks=[], yticks=[])
    axis.set_title(name, fontsize=10)
    axis.spines[:].set_visible(False)
for top in range(0, n, band):
    left = max(top - band, 0)
    edge = {"fill": False, "edgecolor": "C1", "linewidth": 1.5}
    axes[1].add_patch(plt.Rectangle((left, top), top + band - left, band, **edge))
figure.supxlabel("keys", fontsize=10)
figure.supylabel("queries", fontsize=10)
