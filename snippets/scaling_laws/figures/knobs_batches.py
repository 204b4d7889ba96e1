import matplotlib.pyplot as plt
import numpy as np

from reference_impl.scaling_laws import critical_batch, recorded

steps = {}
for run in recorded("batches")["runs"]:
    if run["steps"] is not None:
        steps[run["rows"]] = min(run["steps"], steps.get(run["rows"], run["steps"]))
critical, least = critical_batch(list(steps), list(steps.values()))
figure, axis = plt.subplots(figsize=(4.5, 3.0), layout="constrained")
axis.plot(list(steps), list(steps.values()), "o", color="C0", label="recorded, better of two rates")
rows = np.geomspace(3, 350, 60)
axis.plot(rows, least * (1 + critical / rows), color="C1", label="fitted")
text = plt.rcParams["text.color"]
axis.plot(rows, least * critical / rows, ":", color=text, label="same text in fewer steps")
axis.axvline(critical, ymax=0.6, color="C2", linewidth=1.2, linestyle="--", label="critical batch")
axis.set(
    xscale="log",
    yscale="log",
    ylim=(20, 12_000),
    xlabel="rows in a batch",
    ylabel="steps to the target",
)
axis.set_xticks([4, 16, 64, 256], ["4", "16", "64", "256"])
axis.set_yticks([100, 300, 1000, 3000], ["100", "300", "1,000", "3,000"])
axis.set_xticks([], minor=True)
axis.set_yticks([], minor=True)
axis.legend(fontsize=9, loc="upper right")
