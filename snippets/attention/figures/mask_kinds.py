import matplotlib.pyplot as plt
import torch

from reference_impl.attention import (
    causal_mask,
    combine,
    padding_mask,
    prefix_mask,
    sliding_window_mask,
)

n = 7
padding = padding_mask(torch.tensor([5]), n)[0, 0].expand(n, n)
masks = {
    "padding": padding,
    "causal": causal_mask(n),
    "both": combine(causal_mask(n), padding),
    "window of 3": sliding_window_mask(n, window=3),
    "prefix of 3": prefix_mask(n, prefix=3),
    "decoding: 2 of 7": causal_mask(2, n),
}

figure, axes = plt.subplots(2, 3, figsize=(4.5, 3.5), layout="constrained")
for axis, (name, mask) in zip(axes.flat, masks.items(), strict=True):
    for i, j in torch.cartesian_prod(*map(torch.arange, mask.shape)).tolist():
        alpha = 0.9 if mask[i, j] else 0.1
        axis.add_patch(plt.Rectangle((j + 0.06, i + 0.06), 0.88, 0.88, color="C0", alpha=alpha))
    axis.set(xlim=(0, n), ylim=(n, 0), aspect="equal", xticks=[], yticks=[])
    axis.set_title(name, fontsize=10)
    axis.spines[:].set_visible(False)
figure.supxlabel("keys", fontsize=10)
figure.supylabel("queries", fontsize=10)
