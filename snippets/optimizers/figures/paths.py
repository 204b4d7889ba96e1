import matplotlib.pyplot as plt
import torch

import reference_impl.optimizers as ours

makers = {
    "SGD": lambda p: ours.SGD(p, lr=0.038),
    "momentum": lambda p: ours.SGD(p, lr=0.01, momentum=0.85),
    "RMSprop": lambda p: ours.RMSprop(p, lr=0.06, alpha=0.9),
    "Adam": lambda p: ours.Adam(p, lr=0.15),
}
fig, axes = plt.subplots(4, 1, figsize=(4.5, 5.4), sharex=True)
grid = torch.meshgrid(torch.linspace(-4.6, 1, 80), torch.linspace(-1.6, 1.6, 60), indexing="xy")
for (name, make), colour, ax in zip(makers.items(), ["C0", "C1", "C2", "C3"], axes):
    w = torch.tensor([-4.0, 1.2], requires_grad=True)
    optimizer, path = make([w]), [w.tolist()]
    for _ in range(40):
        optimizer.zero_grad()
        (0.5 * (w[0] ** 2 + 50 * w[1] ** 2)).backward()
        optimizer.step()
        path.append(w.tolist())
    loss = 0.5 * (grid[0] ** 2 + 50 * grid[1] ** 2)
    ink = plt.rcParams["text.color"]
    ax.contour(*grid, loss, levels=[0.5, 4, 12, 30], colors=[ink], alpha=0.25, linewidths=0.8)
    ax.plot(*zip(*path), ".-", color=colour, ms=4, lw=1)
    ax.plot(0, 0, "+", color=ink)
    ax.set(ylim=(-1.6, 1.6), xlim=(-4.6, 1), yticks=[-1, 0, 1])
    ax.text(0.98, 0.08, name, color=colour, ha="right", transform=ax.transAxes)
