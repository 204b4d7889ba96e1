import matplotlib.pyplot as plt
import torch

from reference_impl.modules import norms

torch.manual_seed(0)
x = torch.randn(6, 8, dtype=torch.float64, requires_grad=True)
layers = {"BatchNorm": norms.BatchNorm1d(8), "LayerNorm": norms.LayerNorm(8)}
row, column = 2, 3

fig, axes = plt.subplots(1, 2, figsize=(4.5, 2.4))
for ax, (name, layer), colour in zip(axes, layers.items(), ["C0", "C1"], strict=True):
    # What one output depends on: the entries of its gradient that are not 0.
    (grad,) = torch.autograd.grad(layer.double()(x)[row, column], x)
    for (i, j), value in zip(
        torch.cartesian_prod(torch.arange(6), torch.arange(8)), grad.flatten()
    ):
        alpha = 0.45 if value != 0 else 0.06
        ax.add_patch(plt.Rectangle((j, i), 0.9, 0.9, color=colour, alpha=alpha, linewidth=0))
    ax.add_patch(plt.Rectangle((column, row), 0.9, 0.9, fill=False, linewidth=2))
    ax.set(xlim=(-0.2, 8.1), ylim=(6.1, -0.2), xticks=[], yticks=[], aspect="equal")
    ax.set_xlabel(f"channels\n{name}")
    ax.spines[:].set_visible(False)
axes[0].set_ylabel("batch")
