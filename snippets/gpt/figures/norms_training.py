import json
from pathlib import Path

import matplotlib.pyplot as plt
import torch

from reference_impl.train.characters import task

# Written by `python -m benchmarks.gpt_norms`: loss in nats a byte, averaged over 20 steps, two seeds each.
data = json.loads(Path(__file__).with_suffix(".json").read_text())
colours = ["C2", "C1", "C4", "C0"]
figure, axis = plt.subplots(figsize=(4.5, 3.4), layout="constrained")
for (name, runs), colour in zip(data["loss"].items(), colours, strict=True):
    for number, run in enumerate(runs):
        steps = [data["every"] * (i + 1) for i in range(len(run))]
        label = name if number == 0 else None
        axis.plot(steps, run, color=colour, linewidth=1.5, alpha=0.85, label=label)
share = torch.bincount(task(context=16, width=1).train_data.text.long())
share = share[share > 0] / share.sum()
letters = float(-(share * share.log()).sum())
dots = {"color": plt.rcParams["text.color"], "linestyle": ":", "linewidth": 1.5}
axis.axhline(letters, **dots, label="frequencies of the bytes alone")
axis.set(xlabel="step", ylabel="loss, nats a byte", ylim=(2.2, 4.2))
axis.legend(fontsize=9, loc="upper right")
