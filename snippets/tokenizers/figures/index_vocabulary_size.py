import json
from pathlib import Path

import matplotlib.pyplot as plt

# Written by `python -m benchmarks.byte_level_bpe`: characters per token, trained on help texts.
data = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
sizes = data["sizes"]

fig, ax = plt.subplots(figsize=(4.5, 3.4))
for (name, values), mark in zip(data["characters_per_token"].items(), ["o-", "s-", "^-", "v-"]):
    ax.semilogx(sizes, values, mark, label=name, markersize=5)
ax.set_xticks(
    [256, 500, 1000, 2000, 4000, 8000], ["256", "500", "1,000", "2,000", "4,000", "8,000"]
)
ax.minorticks_off()
ax.set(xlabel="tokens in the vocabulary", ylabel="characters per token")
ax.set_ylim(0, 1.12 * max(data["characters_per_token"]["help texts, trained on"]))
ax.legend(loc="upper left")
