import matplotlib.pyplot as plt
import torch

torch.manual_seed(0)
weight = torch.randn(4, 6) / 3
x = torch.randn(6, requires_grad=True)
v = torch.tensor([1.0, -1.0, 0.5, 2.0])


def f(x):
    return (weight @ x).tanh()


f(x).backward(gradient=v)
jacobian = torch.func.jacrev(f)(x.detach())
parts = {
    (0, 0): (v[:, None], "v"),
    (0, 1): (jacobian, "Jacobian of f"),
    (1, 1): (x.grad[None], "x.grad after y.backward(v)"),
}

fig, axes = plt.subplots(
    2, 2, figsize=(4.5, 3.5), width_ratios=[1, 6], height_ratios=[4, 1], squeeze=False
)
axes[1, 0].axis("off")
for place, (matrix, name) in parts.items():
    ax = axes[place]
    for row in range(matrix.shape[0]):
        for column in range(matrix.shape[1]):
            value = matrix[row, column].item()
            colour, alpha = ("C0" if value >= 0 else "C1"), min(abs(value) / 2, 0.6)
            ax.add_patch(plt.Rectangle((column, row), 1, 1, color=colour, alpha=alpha, linewidth=0))
            ax.text(column + 0.5, row + 0.5, f"{value:.2f}", ha="center", va="center", fontsize=9)
    ax.set(xlim=(0, matrix.shape[1]), ylim=(matrix.shape[0], 0), xticks=[], yticks=[])
    ax.set_title(name, fontsize=10)
    ax.spines[:].set_visible(True)
axes[0, 1].set_ylabel("outputs")
axes[1, 1].set_xlabel("inputs")
