import matplotlib.pyplot as plt
import torch

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.attention.tiled import tiled_attention


def naive(q, k, v):
    return (q @ k.mT * q.shape[-1] ** -0.5).softmax(-1) @ v


def peak(attention, length):
    """Bytes alive at the worst moment of a forward and a backward pass."""
    q, k, v = torch.ones(3, length, 64, requires_grad=True)
    with LiveBytes() as meter:
        attention(q, k, v).sum().backward()
    return meter.peak / 2**20


lengths = [128, 256, 512, 1024, 2048]
fig, ax = plt.subplots(figsize=(4.5, 3.2))
for attention, name, colour in (
    (naive, "with the matrix", "C1"),
    (tiled_attention, "tiled", "C0"),
):
    sizes = [peak(attention, length) for length in lengths]
    ax.loglog(lengths, sizes, "o-", color=colour)
    growth = sizes[-1] / sizes[-2]
    above = colour == "C1"
    ax.annotate(f"{name},\nlast doubling: x{growth:.1f}", (lengths[-2], sizes[-2]),
                xytext=(-8, 2) if above else (0, -10), textcoords="offset points", color=colour,
                ha="right" if above else "center", va="bottom" if above else "top")  # fmt: skip  # one argument a line would double the program
ax.set_xticks(lengths, [f"{length:,}" for length in lengths])
ax.set_yticks([0.25, 1, 4, 16, 64], ["¼", "1", "4", "16", "64"])
ax.minorticks_off()
ax.set(xlabel="length", ylabel="peak, MiB", ylim=(0.1, 100))
