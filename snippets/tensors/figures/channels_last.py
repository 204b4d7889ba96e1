import matplotlib.pyplot as plt
import torch
from matplotlib.patches import Rectangle

image = torch.arange(12).view(1, 3, 2, 2)  # value = channel * 4 + pixel
formats = {
    "contiguous (NCHW)": image,
    "channels_last (NHWC)": image.to(memory_format=torch.channels_last),
}

fig, axes = plt.subplots(2, figsize=(4.5, 2.3))
for ax, (name, x) in zip(axes, formats.items()):
    in_memory = x.as_strided((12,), (1,), 0).tolist()
    for place, value in enumerate(in_memory):
        channel, pixel = divmod(value, 4)
        box = (place + 0.04, 0), 0.92, 1
        ax.add_patch(Rectangle(*box, facecolor=f"C{channel}", alpha=0.3, linewidth=0))
        ax.text(place + 0.5, 0.47, f"{'RGB'[channel]}{pixel}", ha="center", va="center", fontsize=9)
    ax.text(0, 1.35, name, weight="bold")
    ax.text(12, 1.35, f"stride {x.stride()}", ha="right", fontsize=9)
    ax.set(xlim=(0, 12), ylim=(-0.1, 2))
    ax.axis("off")
