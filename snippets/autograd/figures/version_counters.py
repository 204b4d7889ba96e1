import matplotlib.pyplot as plt
import torch


def run(change):
    """Runs y = exp(w), one change of y, backward; returns the versions and how it ended."""
    w = torch.tensor([0.0, 1.0], requires_grad=True)
    right = w.detach().exp()
    versions = []
    y = w.exp()
    saved = y._version
    versions.append(y._version)
    out = change(y)
    versions.append(y._version)
    try:
        out.sum().backward()
    except RuntimeError:
        ending = "raises"
    else:
        ending = "right gradient" if torch.equal(w.grad, right) else "wrong gradient, no error"
    versions.append(y._version)
    return versions, saved, ending


def behind_its_back(y):
    y.data.add_(1)
    return y


programs = {
    "y = y + 1": lambda y: y + 1,
    "y.add_(1)": lambda y: y.add_(1),
    "y.data.add_(1)": behind_its_back,
}
endings = {"right gradient": "C2", "raises": "C1", "wrong gradient, no error": "C4"}

fig, axes = plt.subplots(3, 1, figsize=(4.5, 5.0), sharex=True, sharey=True)
for ax, (code, change) in zip(axes, programs.items()):
    versions, saved, ending = run(change)
    ax.axhline(saved, linestyle="--", color="C3", linewidth=1)
    ax.text(2.45, saved - 0.1, "saved by exp", color="C3", fontsize=9, ha="right", va="top")
    ax.plot(range(3), versions, "o-", color=endings[ending])
    ax.text(2.45, 1.55, ending, color=endings[ending], fontsize=9, ha="right", va="center")
    ax.text(-0.1, 1.55, code, family="monospace", fontsize=9, va="center")
    ax.set(ylim=(-0.6, 1.9), xlim=(-0.2, 2.5), yticks=[0, 1], ylabel="y._version")
axes[-1].set_xticks(range(3), ["y = w.exp()", "the change", "backward"])
