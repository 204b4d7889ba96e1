import re

import matplotlib.pyplot as plt
import torch

from reference_impl.data import windows

text = "No layer cuts a long text . The data pipeline does , and keeps the way back ."
words = re.findall(r"\S+", text)
rows = windows(torch.arange(len(words)), size=9, overlap=3, prefix=[0], suffix=[0])
owner = rows.owners().tolist()

fig, ax = plt.subplots(figsize=(4.5, 3.0))
ink = plt.rcParams["text.color"]
for place, word in enumerate(words):
    ax.text(place + 0.5, -0.2, word, rotation=60, fontsize=9, color=f"C{owner[place]}")
for row, places in enumerate(rows.places):
    for slot, place in enumerate(places.tolist()):
        special = place < 0
        x = rows.starts[row] - 1 + slot
        mine = not special and owner[place] == row
        colour = ink if special else f"C{row}"
        box = plt.Rectangle((x, row), 0.94, 0.8, facecolor=colour, alpha=0.45 if mine else 0.12)
        ax.add_patch(box)
        label = ("C" if slot == 0 else "S") if special else str(slot)
        ax.text(x + 0.47, row + 0.4, label, ha="center", va="center", fontsize=9)
ax.set(xlim=(-1.1, len(words) + 1.9), ylim=(len(rows.ids), -2.9))
ax.set_yticks(
    [row + 0.4 for row in range(len(rows.ids))], [f"row {r}" for r in range(len(rows.ids))]
)
ax.set_xticks([])
ax.spines[:].set_visible(False)
ax.tick_params(length=0)
