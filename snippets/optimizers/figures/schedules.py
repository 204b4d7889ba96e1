import matplotlib.pyplot as plt
import torch
from torch.optim import lr_scheduler as s

STEPS = 100


def seq(o, parts, milestones):
    return s.SequentialLR(o, parts, milestones)


def flat_then(o, down):
    return [s.LinearLR(o, 0.05, 1.0, 10), s.ConstantLR(o, 1.0), s.LinearLR(o, 1.0, 0.0, down)]


builders = {
    "step": lambda o: s.StepLR(o, 30, 0.4),
    "cosine": lambda o: s.CosineAnnealingLR(o, STEPS),
    "warm-up, cosine": lambda o: seq(
        o, [s.LinearLR(o, 0.05, 1.0, 10), s.CosineAnnealingLR(o, STEPS - 10)], [10]
    ),
    "one-cycle": lambda o: s.OneCycleLR(o, 1.0, STEPS, cycle_momentum=False),
    "warm restarts": lambda o: s.CosineAnnealingWarmRestarts(o, 15, 2),
    "cyclical": lambda o: s.CyclicLR(o, 0.1, 1.0, 15, cycle_momentum=False),
    "warm-up, stable, decay": lambda o: seq(o, flat_then(o, 25), [10, 75]),
    "step × exponential": lambda o: s.ChainedScheduler(
        [s.StepLR(o, 40, 0.5), s.ExponentialLR(o, 0.99)], o
    ),
}
fig, axes = plt.subplots(4, 2, figsize=(4.5, 5.4), sharex=True, sharey=True)
for (name, build), ax in zip(builders.items(), axes.flat):
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    scheduler = build(optimizer)
    rates = []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    ax.plot(rates, color="C0")
    ax.set(ylim=(0, 1.45), yticks=[0, 1], xticks=[0, 50, 100])
    ax.text(0.97, 0.95, name, ha="right", va="top", transform=ax.transAxes, fontsize=9)
for ax in axes[-1]:
    ax.set_xlabel("step")
