import matplotlib.pyplot as plt
import torch

from reference_impl.attention.tiled import fold

torch.manual_seed(3)
scores = (torch.randn(1, 32) * 1.2 + torch.linspace(-1, 1, 32)).double()
values = torch.randn(32, 1, dtype=torch.float64)
nothing = torch.zeros(1, 1, dtype=torch.float64)
state = (nothing - torch.inf, nothing, nothing)
history = []
for cols in torch.arange(32).split(4):
    old = state
    state = fold(state, scores[:, cols], values[cols])
    maximum, total, out = state
    kept = old[1] * (old[0] - maximum).exp()
    history.append([x.item() for x in (maximum, kept, total, out / total)])
maximum, kept, total, out = zip(*history, strict=True)
exact = (scores.softmax(-1) @ values).item()

fig, axes = plt.subplots(3, 1, figsize=(4.5, 4.8), sharex=True)
edges = range(0, 33, 4)
axes[0].plot(range(32), scores[0], "o", markersize=3, color="C0", label="scores")
axes[0].stairs(maximum, edges, baseline=None, color="C1", label="running maximum")
axes[0].set(ylabel="score", ylim=(-3.5, 5.8))
axes[0].legend(loc="upper left", ncols=2, frameon=False, columnspacing=1)
middles = range(2, 32, 4)
axes[1].bar(middles, kept, width=3, color="C2", alpha=0.5, label="rescaled")
added = [t - k for t, k in zip(total, kept, strict=True)]
axes[1].bar(middles, added, width=3, bottom=kept, color="C2", label="added")
axes[1].set(ylabel="running sum", ylim=(0, 1.45 * max(total)))
axes[1].legend(loc="upper left", ncols=2, frameon=False, columnspacing=1)
axes[2].axhline(exact, color=plt.rcParams["text.color"], linewidth=1, linestyle="--")
axes[2].stairs(out, edges, baseline=None, color="C3")
axes[2].set(ylabel="output so far", xlabel="key (blocks of 4)", xticks=list(edges))
fig.align_ylabels()
