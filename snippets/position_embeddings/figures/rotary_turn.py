import matplotlib.pyplot as plt
import torch

from reference_impl.position_embeddings.rotary import angles, rotate_interleaved

theta = torch.tensor([0.35])
q, k = torch.tensor([[1.0, 0.1]]), torch.tensor([[0.75, 0.0]])

fig, axes = plt.subplots(1, 2, figsize=(4.5, 2.3))
for ax, (m, n) in zip(axes, [(3, 1), (6, 4)], strict=True):
    ends = []
    for x, p, name, colour in ((q, m, "q", "C0"), (k, n, "k", "C1")):
        (end,) = rotate_interleaved(x, angles(torch.tensor([p]), theta)).tolist()
        for vector, alpha in ((x[0].tolist(), 0.3), (end, 1.0)):
            arrow = {"arrowstyle": "->", "color": colour, "alpha": alpha, "linewidth": 2}
            ax.annotate("", vector, (0, 0), arrowprops={**arrow, "shrinkA": 0, "shrinkB": 0})
        far = 1 + 0.25 / torch.tensor(end).norm().item()
        tip = (end[0] * far, end[1] * far)
        ax.text(*tip, f"{name} at {p}", color=colour, ha="center", va="center")
        start = torch.atan2(x[0, 1], x[0, 0]).item()
        arc = torch.linspace(start, start + p * theta.item(), 50)
        radius = 0.5 if name == "q" else 0.3
        ax.plot(radius * arc.cos(), radius * arc.sin(), color=colour, linewidth=1)
        ends.append(arc[-1].item())
    between = torch.linspace(ends[1], ends[0], 50)
    style = {"color": plt.rcParams["text.color"], "linestyle": ":", "linewidth": 1.5}
    ax.plot(0.68 * between.cos(), 0.68 * between.sin(), **style)
    ax.set(xlim=(-0.95, 1.3), ylim=(-0.15, 1.35), aspect="equal", xticks=[], yticks=[])
    ax.set_xlabel(f"m = {m}, n = {n}")
    ax.spines[:].set_visible(False)
fig.get_layout_engine().set(w_pad=0, wspace=0)
