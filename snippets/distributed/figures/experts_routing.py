import json
from pathlib import Path

import matplotlib.pyplot as plt

# Written by `python -m benchmarks.moe_routing`: where the trained routers send the bytes of one sentence.
data = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))

figure, axes = plt.subplots(2, 1, figsize=(4.5, 4.6), sharex=True)
for axis, name in zip(axes, ("without", "with"), strict=True):
    run = data[name]
    for i, (expert, gate, kept) in enumerate(
        zip(run["expert"], run["gate"], run["kept"], strict=True)
    ):
        colour = "C0" if kept else "C1"
        alpha = 0.25 + 0.75 * min(gate / 0.7, 1) if kept else 0.15
        axis.add_patch(
            plt.Rectangle((i + 0.06, expert + 0.06), 0.88, 0.88, color=colour, alpha=alpha)
        )
        if not kept:
            axis.plot([i + 0.2, i + 0.8], [expert + 0.2, expert + 0.8], color="C1")
            axis.plot([i + 0.2, i + 0.8], [expert + 0.8, expert + 0.2], color="C1")
    text = run["text"].replace(" ", "␣")
    axis.set(xlim=(0, len(text)), ylim=(8, 0), ylabel="expert")
    axis.set_title(f"{name} the balance loss, capacity {run['capacity']}")
    axis.set_xticks([i + 0.5 for i in range(len(text))], text)
    axis.set_yticks([i + 0.5 for i in range(8)], range(8))
    axis.tick_params(length=0, labelbottom=True)
figure.tight_layout()
