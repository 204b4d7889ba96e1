import json
from pathlib import Path

import matplotlib.pyplot as plt

# Written by `python -m benchmarks.gpt_english`: one run of the training program.
data = json.loads(Path(__file__).with_suffix(".json").read_text())
figure, axis = plt.subplots(figsize=(4.5, 2.8), layout="constrained")
axis.plot(*zip(*data["loss"], strict=True), color="C0", label="training, mean of 20 steps")
axis.plot(*zip(*data["eval_loss"], strict=True), color="C1", marker="o", label="held-out tenth")
axis.axvspan(0, data["settings"]["ramp_steps"], color="C2", alpha=0.15, linewidth=0)
axis.text(100, 2.42, "batch grows", fontsize=9, ha="center")
axis.set(xlabel="step", ylabel="loss, nats a token", xlim=(0, 1020), ylim=(2.3, 5.6))
axis.legend(fontsize=9)
