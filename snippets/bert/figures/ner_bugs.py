import json
from pathlib import Path

import matplotlib.pyplot as plt

data = json.loads((Path(__file__).parent / "ner_runs.json").read_text(encoding="utf-8"))
names = {
    "none": ("C0", "right"),
    "CRF without mask": ("C2", "CRF without mask"),
    "head at 2e-5": ("C4", "head at 2e-5"),
    "label shift": ("C1", "labels shifted"),
}
figure, axis = plt.subplots(figsize=(4.5, 3.6))
for bug, (colour, label) in names.items():
    values = data["curves"][bug]["new names"]
    steps = [data["every"] * (at + 1) for at in range(len(values))]
    axis.plot(steps, values, f"{colour}o-", label=label, markersize=4)
known = data["curves"]["none"]["known names"]
axis.plot(steps, known, "C3--", label="right, on known names")
axis.set(xlabel="steps", ylabel="F1", ylim=(0, 1))
axis.legend(fontsize=9, loc="center right")
figure.tight_layout()
