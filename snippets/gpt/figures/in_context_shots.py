import json
from pathlib import Path

import matplotlib.pyplot as plt

from reference_impl.gpt import Episodes, best_accuracy

# Written by `python -m benchmarks.gpt_in_context`: shares of right answers, three seeds each.
data = json.loads(Path(__file__).with_suffix(".json").read_text())["accuracy"]
figure, axis = plt.subplots(figsize=(4.5, 3.2), layout="constrained")
best = best_accuracy(Episodes()).tolist()
axis.plot(
    best, color=plt.rcParams["text.color"], linestyle=":", linewidth=3, label="nobody can beat this"
)
marks = {"held out, rules in front": "C2s", "held-out languages": "C0o"}
for name, mark in marks.items():
    for number, run in enumerate(data[name]):
        label = name if number == 0 else None
        axis.plot(run, color=mark[:2], marker=mark[2], markersize=4, linewidth=1, label=label)
axis.set(xlabel="examples before the question", ylabel="right", ylim=(0, 1.06), xticks=range(12))
axis.legend(fontsize=9, loc="lower right")
