import copy

import matplotlib.pyplot as plt
import torch
from torch import nn

torch.manual_seed(0)
x, target = torch.randn(32, 6).double(), torch.randn(32, 1).double()


def sizes_of(name):
    return [14, 6, 8, 4] if "unequal" in name else [8] * 4


def gap(name, net, divide):
    """Relative distance between the gradient of four parts and that of the big batch."""
    grads = []
    for sizes in ([32], sizes_of(name)):
        twin = copy.deepcopy(net).double()
        for xs, ys in zip(x.split(sizes), target.split(sizes)):
            loss = nn.functional.mse_loss(twin(xs), ys, reduction="sum")
            (loss / divide(len(ys), len(sizes))).backward()
        grads.append(torch.cat([p.grad.flatten() for p in twin.parameters()]))
    return ((grads[1] - grads[0]).norm() / grads[0].norm()).item()


def build(layer):
    return nn.Sequential(nn.Linear(6, 8), layer, nn.Tanh(), nn.Linear(8, 1))


def by_total(rows, pieces):
    return 32


def mean_of_means(rows, pieces):
    return rows * pieces


def forgotten(rows, pieces):
    return rows


cases = {
    "sum / total, unequal parts": (build(nn.Identity()), by_total),
    "mean / parts, equal parts": (build(nn.Identity()), mean_of_means),
    "LayerNorm": (build(nn.LayerNorm(8)), by_total),
    "BatchNorm, eval": (build(nn.BatchNorm1d(8)).eval(), by_total),
    "mean / parts, unequal parts": (build(nn.Identity()), mean_of_means),
    "dropout 0.1": (build(nn.Dropout(0.1)), by_total),
    "BatchNorm, train": (build(nn.BatchNorm1d(8)), by_total),
    "mean, never divided": (build(nn.Identity()), forgotten),
}
errors = {name: gap(name, net, divide) for name, (net, divide) in cases.items()}

fig, ax = plt.subplots(figsize=(4.5, 3.6))
colours = ["C2" if error < 1e-12 else "C1" for error in errors.values()]
# What lies below 1e-12 is rounding, and another CPU rounds otherwise: all of it is drawn at one place.
shown = [max(error, 1e-12) for error in errors.values()]
ax.hlines(list(errors), 1e-14, shown, color=colours, alpha=0.4)
ax.scatter(shown, list(errors), color=colours)
ax.set(xscale="log", xlim=(1e-13, 30), xlabel="relative distance from the big batch")
ax.set_xticks([1e-12, 1e-8, 1e-4, 1], ["<10⁻¹²", "10⁻⁸", "10⁻⁴", "1"])
ax.invert_yaxis()
