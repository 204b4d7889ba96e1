import json
from pathlib import Path

import matplotlib.pyplot as plt

# Written by `python -m benchmarks.gpu_training` on a GPU: medians over the steps of one run.
data = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
figure, axis = plt.subplots(figsize=(4.5, 3.4))
for row, (name, found) in enumerate(data["steps"].items()):
    for shift, (kind, colour) in enumerate({"eager": "C0", "compiled": "C1"}.items()):
        if kind not in found:
            continue
        rate = found[kind]["tokens_a_second"] / 1000
        place = row + 0.38 * shift - 0.19
        axis.barh(place, rate, height=0.36, color=colour, label=kind if row == 0 else None)
        axis.annotate(f"{rate:.0f}", (rate, place), (4, 0), textcoords="offset points", va="center")
axis.set_yticks(range(len(data["steps"])), list(data["steps"]))
axis.invert_yaxis()
axis.margins(x=0.12)
axis.set_xlabel("thousand tokens a second")
axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
figure.tight_layout()
