import json
from pathlib import Path

import matplotlib.pyplot as plt

# Written by `python -m benchmarks.moe_routing`.
data = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
every = 2 * data["every"]


def pairs(rows):
    """The means of each two rows that follow each other."""
    return [
        [sum(both) / 2 for both in zip(*rows[i : i + 2], strict=True)]
        for i in range(0, len(rows), 2)
    ]


figure, axes = plt.subplots(3, 1, figsize=(4.5, 5.4), sharex=True)
for axis, name in zip(axes, ("without", "with"), strict=False):
    last = data["runs"][name]["load"][-1]
    rows = pairs(data["runs"][name]["load"])
    order = sorted(range(8), key=lambda e: -last[e])
    for i, row in enumerate(rows):
        for j, expert in enumerate(order):
            axis.add_patch(
                plt.Rectangle(
                    (every * i, j + 0.05),
                    every * 0.95,
                    0.9,
                    color="C0",
                    alpha=min(row[expert] / 0.27, 1),
                )
            )
    shares = [f"{last[e]:.1%}" for e in order]
    axis.set(ylim=(8, 0), ylabel="expert", title=f"{name} the balance loss")
    axis.set_yticks([j + 0.5 for j in range(8)], shares)
    axis.tick_params(length=0)
    steps = [every * (i + 0.5) for i in range(len(rows))]
    style = {"without": ("C1", "--"), "with": ("C2", "-")}[name]
    axes[2].plot(
        steps,
        [100 * d for (d,) in pairs([[x] for x in data["runs"][name]["dropped"]])],
        style[1],
        color=style[0],
        label=name,
    )
axes[2].set(xlim=(0, every * len(rows)), ylim=(0, None), ylabel="dropped, %", xlabel="step")
axes[2].legend(frameon=False, loc="upper right")
figure.tight_layout()
