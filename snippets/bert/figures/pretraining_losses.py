import json
import math
from pathlib import Path

import matplotlib.pyplot as plt

# Written by `python -m benchmarks.bert_transfer`: means over fifty steps, two seeds.
data = json.loads(Path(__file__).with_name("transfer_labels.json").read_text())
figure, axes = plt.subplots(2, 1, figsize=(4.5, 4), sharex=True)
titles = ("masked words", "next sentence")
guesses = (math.log(2_000), math.log(2))
for column, (axis, title, guess) in enumerate(zip(axes, titles, guesses, strict=True)):
    for number, run in enumerate(data["losses"]):
        steps = [50 * (i + 0.5) for i in range(len(run))]
        axis.plot(
            steps, [means[column] for means in run], color=f"C{column}", alpha=1 - 0.4 * number
        )
    axis.axhline(guess, color=plt.rcParams["text.color"], linestyle=":", linewidth=1)
    axis.set(ylabel="loss", ylim=(0, 1.1 * guess))
    axis.set_title(title, fontsize=10)
axes[-1].set_xlabel("step")
figure.tight_layout()
