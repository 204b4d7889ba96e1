import json
from pathlib import Path

import matplotlib.pyplot as plt

data = json.loads((Path(__file__).parent / "ner_runs.json").read_text(encoding="utf-8"))
run = data["heads"][0]
names, rows = run["names"], run["transitions"]
largest = max(abs(score) for row in rows for score in row if score > -1000)
figure, axis = plt.subplots(figsize=(4.5, 4.6))
for i, row in enumerate(rows):
    for j, score in enumerate(row):
        if score < -1000:
            axis.text(j + 0.5, i + 0.5, "×", ha="center", va="center", fontsize=9)
            continue
        colour = "C0" if score > 0 else "C1"
        tint = abs(score) / largest
        axis.add_patch(plt.Rectangle((j + 0.04, i + 0.04), 0.92, 0.92, color=colour, alpha=tint))
middles = [i + 0.5 for i in range(len(names))]
axis.set_xticks(middles, names, rotation=90, fontsize=9)
axis.set_yticks([0.5, *(i + 1.5 for i in range(len(names)))], ["start", *names], fontsize=9)
axis.set(xlim=(0, len(names)), ylim=(len(names) + 1, 0), aspect="equal")
axis.set(xlabel="next tag", ylabel="tag before")
axis.spines[:].set_visible(False)
axis.tick_params(length=0)
figure.tight_layout()
