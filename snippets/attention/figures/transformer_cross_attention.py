import json
from pathlib import Path

import matplotlib.pyplot as plt

# Written by `python -m benchmarks.cross_attention_map`: the trained model of the page, one text.
data = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
digits = data["digits"]
read = ["start", *digits[:0:-1]]  # what the decoder has just read when it asks

figure, axes = plt.subplots(1, 2, figsize=(4.5, 2.9), sharey=True)
for number, (axis, weights) in enumerate(zip(axes, data["heads"], strict=True)):
    for i, row in enumerate(weights):
        for j, weight in enumerate(row):
            tint = 0.06 + 0.94 * weight
            axis.add_patch(plt.Rectangle((j + 0.04, i + 0.04), 0.92, 0.92, color="C0", alpha=tint))
    axis.set(xlim=(0, 6), ylim=(6, 0), aspect="equal", title=f"head {number}", xlabel="source")
    axis.set_xticks([i + 0.5 for i in range(6)], digits)
    axis.set_yticks([i + 0.5 for i in range(6)], read)
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
axes[0].set_ylabel("decoder has read")
figure.tight_layout()
