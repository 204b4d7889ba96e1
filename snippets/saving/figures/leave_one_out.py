import copy
import random

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR

SAVE_AT, END, rows = 6, 16, torch.linspace(-1, 1, 20).reshape(20, 1)


def build():
    torch.manual_seed(0), random.seed(0)
    noise = np.random.default_rng(1)
    net = nn.Sequential(nn.Linear(1, 9), nn.BatchNorm1d(9), nn.Dropout(0.5), nn.Linear(9, 1))
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)
    schedule = CosineAnnealingLR(optimizer, END)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**12, growth_interval=2)
    sampler = {"at": 0}

    def step():
        order = torch.randperm(20, generator=torch.Generator().manual_seed(sampler["at"] // 20))
        x = rows[order[sampler["at"] % 20 :][:5]] * random.choice([-1, 1]) + noise.random()
        loss = (net(x).half().float() - 3 * x).square().mean()  # in float16 it can overflow
        optimizer.zero_grad()
        scaler.scale(loss).backward(), scaler.step(optimizer), scaler.update(), schedule.step()
        sampler["at"] += 5
        return loss.item()

    parts = {"model": net, "optimizer": optimizer, "scheduler": schedule, "scaler": scaler}
    entries = {name: (part.state_dict, part.load_state_dict) for name, part in parts.items()}
    entries["torch RNG"] = torch.get_rng_state, torch.set_rng_state
    bits = noise.bit_generator
    entries["NumPy RNG"] = lambda: bits.state, lambda state: setattr(bits, "state", state)
    entries["Python RNG"] = random.getstate, random.setstate
    entries["sampler"] = sampler.copy, sampler.update
    return step, entries


def run(left_out):
    step, entries = build()
    before = [step() for _ in range(SAVE_AT)]
    saved = copy.deepcopy({name: get() for name, (get, _) in entries.items()})
    step, entries = build()
    [put(saved[name]) for name, (_, put) in entries.items() if name != left_out]
    return before + [step() for _ in range(SAVE_AT, END)]


step, entries = build()
never_stopped = [step() for _ in range(END)]
fig, ax = plt.subplots(figsize=(4.5, 3.4))
same = np.array([np.equal(run(name), never_stopped) for name in ["nothing", *entries]])
for verdict, marker, colour in ((True, "o", "C2"), (False, "X", "C1")):
    y, x = np.nonzero(same == verdict)
    ax.plot(x + 1, y, marker, color=colour, ms=8)
ax.axvline(SAVE_AT + 0.5, color=plt.rcParams["text.color"], ls="--", lw=1)
ax.set_yticks(range(9), ["nothing", *entries])
ax.set(xlabel="training step (dashed: stopped and resumed)", xticks=range(2, END + 1, 2))
ax.set(ylabel="left out", ylim=(8.6, -0.6))
