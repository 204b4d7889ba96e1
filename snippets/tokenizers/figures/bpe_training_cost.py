import json
from pathlib import Path

import matplotlib.pyplot as plt

# Written by `python -m benchmarks.byte_level_bpe`: counts, by characters of corpus.
data = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
sizes, kept = zip(*data["kept"])
proportional = [kept[0] * size / sizes[0] for size in sizes]

fig, ax = plt.subplots(figsize=(4.5, 3.2))
ax.loglog(*zip(*data["again"]), "s-", color="C1")
ax.loglog(sizes, kept, "o-", color="C0")
ax.loglog(sizes, proportional, ":", color="C0", alpha=0.7)
ax.text(sizes[0], data["again"][2][1] * 1.1, "count all again", color="C1")
ax.text(40_000, kept[2] * 0.6, "keep the counts", color="C0")
ax.text(sizes[-1], proportional[-1] * 1.3, "proportional", color="C0", ha="right")
ax.set_xticks([10_000, 100_000], ["10,000", "100,000"])
ax.set_yticks([10_000, 100_000, 1_000_000], ["10,000", "100,000", "1 million"])
ax.minorticks_off()
ax.set(xlabel="characters of corpus", ylabel="pairs looked at, 300 merges")
ax.set_ylim(kept[0] / 3, data["again"][-1][1] * 2)
