import json
from pathlib import Path
from statistics import mean

import matplotlib.pyplot as plt

# Written by `python -m benchmarks.bert_transfer`: share of right answers, one row for each seed.
data = json.loads(Path(__file__).with_suffix(".json").read_text())
figure, axis = plt.subplots(figsize=(4.5, 3.4))
for (name, runs), (color, mark) in zip(
    data["accuracy"].items(), (("C0", "o"), ("C1", "s")), strict=True
):
    columns = list(zip(*runs, strict=True))
    for run in runs:
        axis.plot(
            data["labels"], run, color=color, marker=mark, linestyle="none", markersize=4, alpha=0.5
        )
    axis.plot(data["labels"], [mean(column) for column in columns], color=color, label=name)
axis.axhline(0.25, color=plt.rcParams["text.color"], linestyle=":", linewidth=1)
axis.set(
    xscale="log", ylim=(0.15, 0.9), xlabel="labelled sentences of each subject", ylabel="right"
)
axis.minorticks_off()
axis.set_xticks(data["labels"], [str(count) for count in data["labels"]])
axis.legend(fontsize=10, loc="upper left", frameon=False)
figure.tight_layout()
