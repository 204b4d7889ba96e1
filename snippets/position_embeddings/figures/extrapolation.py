import json
from pathlib import Path

import matplotlib.pyplot as plt

# Written by `python -m benchmarks.position_extrapolation`: share of right answers, three seeds each.
data = json.loads(Path(__file__).with_suffix(".json").read_text())
lengths, runs = data["lengths"], data["accuracy"]
panels = [
    {"learned": "C3-", "sinusoidal": "C1--", "none": "C4:", "RoPE": "C0-"},
    {"Shaw": "C2-", "T5": "C1--", "T5, all buckets seen": "C4-", "ALiBi": "C0-"},
    {"RoPE": "C0-", "RoPE, linear": "C3:", "RoPE, NTK-aware": "C1--", "RoPE, YaRN": "C2-"},
]
figure, axes = plt.subplots(3, 1, figsize=(4.5, 5.5), sharex=True)
for ax, lines in zip(axes, panels, strict=True):
    for name, mark in lines.items():
        for number, run in enumerate(runs[name]):
            known = [(x, y) for x, y in zip(lengths, run, strict=True) if y is not None]
            style = {"linestyle": mark[2:], "color": mark[:2], "alpha": 0.8, "linewidth": 1.5}
            label = name if number == 0 else None
            size = 9 if len(known) == 1 else 3  # a learned table has no second point
            ax.plot(*zip(*known, strict=True), marker="o", markersize=size, label=label, **style)
    ax.axvline(data["trained_length"], color=plt.rcParams["text.color"], linestyle=":", linewidth=1)
    ax.set(xscale="log", ylim=(-0.05, 1.08), yticks=[0, 0.5, 1], ylabel="right")
    ax.legend(fontsize=9, loc="center left", bbox_to_anchor=(0, 1.2), ncols=2, borderpad=0.2)
    ax.minorticks_off()
axes[-1].set_xticks(lengths, [str(length) for length in lengths])
axes[-1].set_xlabel("tokens in the text; trained with 32")
figure.tight_layout()
