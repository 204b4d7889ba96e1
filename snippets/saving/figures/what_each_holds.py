import pickle
import random

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

torch.manual_seed(0), random.seed(0)
net = nn.Sequential(nn.Linear(784, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.AdamW(net.parameters())
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 100)
scaler = torch.amp.GradScaler("cpu")
scaler.scale(net(torch.randn(8, 784)).square().mean()).backward()
scaler.step(optimizer), scaler.update(), schedule.step()


def tensor_bytes(values):
    return sum(value.nbytes for value in values)


def pickled(value):
    return len(pickle.dumps(value, protocol=2))


moments = optimizer.state_dict()["state"].values()
held = {
    "model: parameters": tensor_bytes(net.parameters()),
    "model: buffers": tensor_bytes(net.buffers()),
    "optimizer: exp_avg": tensor_bytes(state["exp_avg"] for state in moments),
    "optimizer: exp_avg_sq": tensor_bytes(state["exp_avg_sq"] for state in moments),
    "optimizer: step": tensor_bytes(state["step"] for state in moments),
    "optimizer: groups": pickled(optimizer.state_dict()["param_groups"]),
    "scheduler": pickled(schedule.state_dict()),
    "scaler": pickled(scaler.state_dict()),
    "torch RNG": torch.get_rng_state().nbytes,
    "NumPy RNG": np.random.get_state()[1].nbytes,
    "Python RNG": pickled(random.getstate()),
    "sampler": pickled({"epoch": 3, "given": 1280}),
}
fig, ax = plt.subplots(figsize=(4.5, 4.4))
colours = ["C0"] * 2 + ["C1"] * 4 + ["C3", "C4"] + ["C2"] * 3 + ["C5"]
ax.barh([*held], held.values(), color=colours, alpha=0.6)
for row, size in enumerate(held.values()):
    ax.text(size * 1.3, row, f"{size:,}", va="center", fontsize=9)
ax.set(xscale="log", xlim=(10, 4e7), xlabel="bytes")
ax.invert_yaxis()
ax.set_xticks([10, 1e3, 1e5, 1e7], ["10", "10³", "10⁵", "10⁷"])
