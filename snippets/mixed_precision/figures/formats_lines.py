import matplotlib.pyplot as plt
import torch

from reference_impl.mixed_precision import float_format

figure, axes = plt.subplots(5, 1, figsize=(4.5, 3.6), layout="constrained")
lines = [("e2m1", 0, 6), ("e5m2", 0, 6), ("e4m3", 0, 6), ("bf16", 0.97, 1.06), ("fp16", 0.97, 1.06)]
for axis, (name, low, high) in zip(axes, lines, strict=True):
    fmt = float_format(name)
    numbers = fmt.decode(torch.arange(fmt.max_code + 1))
    shown = numbers[(numbers >= low) & (numbers <= high)]
    colour = "C0" if high == 6 else "C1"
    axis.vlines(shown, 0, 1, color=colour, linewidth=0.9 if name != "fp16" else 0.5)
    axis.set(yticks=[], ylim=(0, 1), xlim=(low - (high - low) / 80, high + (high - low) / 80))
    axis.set_ylabel(name, rotation=0, ha="right", va="center")
    axis.spines[["top", "right", "left"]].set_visible(False)
    if name in ("e2m1", "e5m2", "bf16"):
        axis.tick_params(labelbottom=False)
