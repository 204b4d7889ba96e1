import matplotlib.pyplot as plt
import torch
from torch import nn

scales = {"nn.Linear's own": None, "He": 2**0.5, "too large": 2.0}
marks = ["o", "s", "^"]


def stds(gain, norm):
    torch.manual_seed(0)
    x = torch.randn(128, 256)
    found = []
    for _ in range(30):
        layer = nn.Linear(256, 256, bias=False)
        if gain:
            nn.init.normal_(layer.weight, std=gain / 256**0.5)
        x = layer(x)
        x = nn.functional.layer_norm(x, (256,)).relu() if norm else x.relu()
        found.append(x.std().item())
    return found


fig, axes = plt.subplots(2, 1, figsize=(4.5, 4.6), sharex=True, sharey=True)
for ax, norm in zip(axes, [False, True], strict=True):
    for (name, gain), mark, colour in zip(scales.items(), marks, ["C1", "C2", "C3"], strict=True):
        with torch.no_grad():
            ax.plot(range(1, 31), stds(gain, norm), mark, color=colour, markersize=4, label=name)
    ax.set(yscale="log", ylabel="std of activations")
    ax.set_yticks([1e-10, 1e-5, 1, 1e5], ["10⁻¹⁰", "10⁻⁵", "1", "10⁵"])
    ax.set_yticks([], minor=True)
    ax.text(0.98, 0.5, "with LayerNorm" if norm else "plain", transform=ax.transAxes, ha="right")
axes[0].legend(loc="lower left")
axes[1].set_xlabel("layer")
