import matplotlib.pyplot as plt
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(8))
        self.register_buffer("mask", torch.ones(4, 4).tril(), persistent=False)
        self.norm = nn.BatchNorm1d(8)
        self.inner = nn.ModuleList([nn.Linear(8, 8)])
        self.spare = [nn.Linear(8, 8)]
        self.width = 8


net = nn.Sequential(Block(), nn.Linear(8, 2, bias=False))
fresh = set(vars(nn.Module())) | set(vars(nn.BatchNorm1d(1))) | set(vars(nn.Linear(1, 1)))
TABLES = {"_modules": "C0", "_parameters": "C1", "_buffers": "C2", "__dict__": "C3"}
rows = []  # depth, name, what it is, table


def collect(module, depth):
    for table in list(TABLES)[1:3]:
        for name, tensor in getattr(module, table).items():
            if tensor is not None:
                hidden = name in module._non_persistent_buffers_set
                note = "not persistent" if hidden else str(tuple(tensor.shape))
                rows.append((depth, name, note, table))
    for name, value in vars(module).items():
        if name not in fresh:
            rows.append((depth, name, type(value).__name__, "__dict__"))
    for name, child in module._modules.items():
        rows.append((depth, name, type(child).__name__, "_modules"))
        collect(child, depth + 1)


rows.append((0, "net", type(net).__name__, None))
collect(net, 1)

fig, ax = plt.subplots(figsize=(4.5, 5.3))
ink = plt.rcParams["text.color"]
bold = {"family": "monospace", "fontsize": 9, "weight": "bold"}
for y, (depth, name, note, table) in enumerate(rows):
    colour = TABLES.get(table, ink)
    x = depth * 0.5
    above = [k for k in range(y) if rows[k][0] == depth - 1]
    if above:
        top = max([above[-1] + 0.4, *(k for k in range(above[-1], y) if rows[k][0] == depth)])
        ax.plot([x - 0.25, x - 0.25, x - 0.05], [top, y, y], color=ink, lw=0.8, alpha=0.5)
    ax.text(x, y, name, va="center", color=colour, **bold)
    ax.text(3.85, y, note, va="center", fontsize=9)
for left, (table, colour) in zip((0, 1.55, 3.3, 4.6), TABLES.items()):
    ax.text(left, -1.4, table, color=colour, **bold)
ax.set(xlim=(-0.1, 5.8), ylim=(len(rows), -2))
ax.axis("off")
