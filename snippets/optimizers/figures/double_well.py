import matplotlib.pyplot as plt
import torch

import reference_impl.optimizers as ours

torch.manual_seed(0)
x = torch.full((400,), -1.0, requires_grad=True)
optimizer = ours.SGD([x], lr=0.1)
scheduler = ours.Scheduler(optimizer, ours.warm_restarts(100))
path = [x.detach().clone()]
for _ in range(299):
    p = x.detach()
    x.grad = 4 * p * (p * p - 1) - 0.3 + 3.0 * torch.randn(400)
    optimizer.step()
    scheduler.step()
    path.append(x.detach().clone())
path = torch.stack(path)
ends = [path[n] > 0 for n in (99, 199, 299)]
stays = (~ends[0] & ~ends[1] & ~ends[2]).nonzero()[0].item()
leaves = (~ends[0] & ends[1] & ends[2]).nonzero()[0].item()
returns = (~ends[0] & ends[1] & ~ends[2]).nonzero()[0].item()

fig, axes = plt.subplots(3, 1, figsize=(4.5, 4.2), sharex=True)
for name, run, colour, ax in zip(
    ("stays", "leaves", "leaves and comes back"), (stays, leaves, returns), ("C0", "C2", "C1"), axes
):
    ax.plot(path[:, run], color=colour, lw=1)
    ax.axhline(0, color=plt.rcParams["text.color"], ls=":", lw=1)
    ax.set(ylim=(-2.1, 2.7), yticks=[-1, 1], yticklabels=["left", "right"])
    ax.text(0.99, 0.95, name, color=colour, ha="right", va="top", transform=ax.transAxes)
axes[-1].set(xlabel="step; the rate jumps up at 100 and 200", xticks=[0, 100, 200, 300])
