import json
from pathlib import Path

import matplotlib.pyplot as plt

data = json.loads((Path(__file__).parent / "ner_libraries.json").read_text(encoding="utf-8"))
figure, axis = plt.subplots(figsize=(4.5, 2.8))
for shift, (library, colour) in zip((-0.19, 0.19), (("here", "C0"), ("bert4torch", "C2"))):
    for place, kind in enumerate(("free", "constrained")):
        values = data["f1"][f"{library}, {kind}"]
        mean = sum(values) / len(values)
        label = library if place == 0 else None
        axis.bar(place + shift, mean, 0.36, color=colour, alpha=0.5, label=label)
        axis.plot([place + shift] * len(values), values, f"{colour}o", markersize=4)
axis.set_xticks((0, 1), ("free CRF", "CRF that knows BIO"))
axis.set(ylabel="F1 on new names", ylim=(0, 1.3), yticks=(0, 0.5, 1))
axis.legend(fontsize=9, loc="upper left", ncols=2)
figure.tight_layout()
