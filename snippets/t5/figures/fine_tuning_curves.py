import json
from pathlib import Path

import matplotlib.pyplot as plt

# Written by `python -m benchmarks.t5_numbers`: shares of held-out sources answered without a mistake.
data = json.loads(Path(__file__).with_suffix(".json").read_text())
runs = {
    "numbers": ("numbers, from random weights", "C0"),
    "dates from the number model": ("400 dates, from the number model", "C2"),
    "dates from random weights": ("400 dates, from random weights", "C1"),
}
figure, axes = plt.subplots(2, 1, figsize=(4.5, 5.2))
for name, (label, colour) in runs.items():
    rows = data[name]
    ax = axes[0 if name == "numbers" else 1]
    for language, style in (("English", "-"), ("German", "--")):
        text = f"{label}: {language}" if name == "numbers" else (label if style == "-" else None)
        ax.plot(
            [r["step"] for r in rows],
            [r[language] for r in rows],
            color=colour,
            linestyle=style,
            label=text,
        )
for ax in axes:
    ax.set(ylim=(-0.03, 1.35), yticks=[0, 0.5, 1], ylabel="exactly right", xlim=(0, None))
    ax.legend(fontsize=9, loc="upper left", borderpad=0.2)
axes[1].set_xlabel("step of 64 pairs; dashed: German")
figure.tight_layout()
