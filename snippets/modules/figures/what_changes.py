import matplotlib.pyplot as plt
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.norm = nn.BatchNorm1d(2)
        self.register_buffer("mask", torch.ones(2), persistent=False)
        self.plain = torch.zeros(2)
        self.spare = [nn.Linear(2, 2)]


def entries(net):
    found = {**dict(net.named_parameters()), **dict(net.named_buffers())}
    found["plain"], found["spare[0].weight"] = net.plain, net.spare[0].weight
    return found


before = entries(Net())
columns = {
    "trained": {n for n, _ in Net().named_parameters()},
    "saved": set(Net().state_dict()),
    "half()": {n for n, t in entries(Net().half()).items() if t.dtype == torch.float16},
    "to(meta)": {n for n, t in entries(Net().to("meta")).items() if t.is_meta},
}

fig, ax = plt.subplots(figsize=(4.5, 3.9))
for x, (column, names) in enumerate(columns.items()):
    for y, name in enumerate(before):
        yes = name in names
        ax.scatter(
            x, y, s=90, color=f"C{x}" if yes else "none", edgecolor=f"C{x}", alpha=1 if yes else 0.5
        )
ax.set_yticks(range(len(before)), before, family="monospace", fontsize=9)
ax.set_xticks(range(len(columns)), columns, fontsize=9)
ax.xaxis.tick_top()
ax.tick_params(length=0)
ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(before) - 0.5, -0.5))
ax.spines[:].set_visible(False)
