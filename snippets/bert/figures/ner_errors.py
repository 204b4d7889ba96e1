import json
from pathlib import Path

import matplotlib.pyplot as plt

data = json.loads((Path(__file__).parent / "ner_runs.json").read_text(encoding="utf-8"))
heads = {"linear": "linear layer", "free CRF": "free CRF", "CRF": "CRF that knows BIO"}
kinds = ("right", "wrong bounds", "wrong label", "both wrong", "missed", "invented")
figure, axis = plt.subplots(figsize=(4.5, 3.4))
for shift, (head, colour) in zip((-0.27, 0, 0.27), zip(heads, ("C1", "C2", "C0"))):
    runs = [run[head]["errors"] for run in data["heads"]]
    wanted = sum(count for kind, count in runs[0].items() if kind != "invented")
    shares = [100 * sum(run.get(kind, 0) for run in runs) / len(runs) / wanted for kind in kinds]
    places = [at + shift for at in range(len(kinds))]
    axis.barh(places, shares, 0.25, color=colour, label=heads[head])
axis.set_yticks(range(len(kinds)), kinds)
axis.invert_yaxis()
axis.set_xlabel("% of the entities in the texts")
axis.legend(fontsize=9, loc="lower right")
figure.tight_layout()
