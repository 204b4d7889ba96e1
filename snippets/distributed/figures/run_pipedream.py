from copy import deepcopy

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn.functional import mse_loss

from reference_impl.distributed import delayed_sgd, pipedream, simulate

figure, axes = plt.subplots(2, 1, figsize=(4.5, 4.4), height_ratios=[1, 1.3])
P, SHOWN = 4, 28
updates = dict.fromkeys(range(P), 0)
for event in simulate(pipedream(P, 12)).events:
    if event.start >= SHOWN:
        continue
    length = min(event.end, SHOWN) - event.start
    forward = event.action.kind == "F"
    box = {"facecolor": "C0" if forward else "C1", "edgecolor": plt.rcParams["axes.facecolor"]}
    corner = (event.start, event.rank)
    axes[0].add_patch(plt.Rectangle(corner, length, 0.92, alpha=0.45, linewidth=0.6, **box))
    if forward:
        middle = (event.start + 0.5, event.rank + 0.5)
        version = str(updates[event.rank])
        axes[0].text(*middle, version, ha="center", va="center", fontsize=9)
    updates[event.rank] += not forward
axes[0].set(xlim=(0, SHOWN), ylim=(P, 0), yticks=[i + 0.5 for i in range(P)], ylabel="rank")
axes[0].set_yticklabels(range(P))
axes[0].set_xticks(range(0, SHOWN + 1, 4))
axes[0].tick_params(axis="y", length=0)
axes[0].spines[:].set_visible(False)
axes[0].set_xlabel("time, in forwards")

torch.manual_seed(0)
start = nn.Sequential(*(nn.Linear(8, 8).double() for _ in range(8)))
with torch.no_grad():
    for layer in start:
        layer.weight.copy_(torch.eye(8) + 0.1 * torch.randn(8, 8))
        layer.bias.zero_()
teacher = nn.Linear(8, 8).double().requires_grad_(False)
x = [torch.randn(32, 8).double() for _ in range(150)]
y = [teacher(batch) for batch in x]
for ranks, colour in ((1, "C0"), (2, "C2"), (4, "C3"), (8, "C1")):
    layers = deepcopy(start)
    share = 8 // ranks
    stages = [layers[i * share : (i + 1) * share] for i in range(ranks)]
    losses = torch.tensor(delayed_sgd(stages, mse_loss, x, y, rate=0.4))
    smooth = losses.unfold(0, 10, 5).mean(1)
    steps = [5 + 5 * i for i in range(len(smooth))]
    label = "one process" if ranks == 1 else f"PipeDream, {ranks} ranks"
    axes[1].plot(steps, smooth, colour, label=label)
axes[1].set(xlabel="update", ylabel="loss", yscale="log")
axes[1].set_yticks([1, 0.1, 0.01], ["1", "0.1", "0.01"])
axes[1].minorticks_off()
axes[1].legend()
