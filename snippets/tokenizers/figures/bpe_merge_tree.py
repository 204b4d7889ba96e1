import json
from pathlib import Path

import matplotlib.pyplot as plt

# Written by `python -m benchmarks.byte_level_bpe`: the places and the numbers of the merges.
data = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
row = [(letter, at, 0) for at, letter in enumerate(data["word"])]  # (token, x, y)
steps = len(data["merges"])

fig, ax = plt.subplots(figsize=(4.5, 4.6))
for token, x, _ in row:
    ax.text(x, -0.25, token, family="monospace", ha="center", va="top")
for y, (at, number) in enumerate(data["merges"], start=1):
    left, right = row[at : at + 2]
    token, x = left[0] + right[0], (left[1] + right[1]) / 2
    for child in (left, right):
        ax.plot([child[1], child[1], x], [child[2], y, y], color="C0", lw=1)
    ax.plot(x, y, "o", color="C0", markersize=4)
    ax.text(15.2, y, token, family="monospace", va="center", color="C1")
    ax.text(-1.0, y, number, ha="right", va="center")
    row[at : at + 2] = [(token, x, y)]
ax.text(-1.0, steps + 1, "merge number", ha="left", va="center")
ax.text(15.2, steps + 1, "token made", va="center")
ax.set(xlim=(-2.8, 23.6), ylim=(-1, steps + 1.5))
ax.axis("off")
