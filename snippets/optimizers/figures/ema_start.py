import matplotlib.pyplot as plt
import torch

from reference_impl.optimizers import ExponentialMovingAverage

torch.manual_seed(0)
values = (1 + 0.3 * torch.randn(150)).tolist()
corrected = ExponentialMovingAverage(0.97, bias_correction=True)
first = ExponentialMovingAverage(0.97)
lines = {"starts at 0": [], "corrected": [], "starts at the first value": []}
for value in values:
    lines["corrected"].append(corrected.update(value))
    lines["starts at 0"].append(corrected.raw)
    lines["starts at the first value"].append(first.update(value))

fig, ax = plt.subplots(figsize=(4.5, 3.0))
ax.plot(values, ".", color=plt.rcParams["text.color"], alpha=0.25, ms=4)
for (name, line), colour in zip(lines.items(), ("C1", "C0", "C2")):
    ax.plot(line, color=colour, label=name)
ax.set(xlabel="update", ylabel="average", ylim=(0, 2.5))
ax.legend(frameon=False)
