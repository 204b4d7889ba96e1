import matplotlib.pyplot as plt
import torch

LINE = 64
strides = [1, 2, 4, 8, 16, 32, 64, 128]


def bytes_fetched_per_byte_used(stride, dtype):
    """Count the lines that hold the 4096 elements of a tensor read at this stride."""
    x = torch.empty(4096 * stride, dtype=dtype)[::stride]
    places = torch.arange(x.untyped_storage().nbytes() // x.itemsize)
    seen = places.as_strided(x.shape, x.stride(), x.storage_offset())
    lines = (seen * x.itemsize // LINE).unique().numel()
    return lines * LINE / (x.numel() * x.itemsize)


fig, ax = plt.subplots(figsize=(4.5, 3.2))
series = {torch.bfloat16: "C0", torch.float32: "C1", torch.float64: "C2"}
for dtype, colour in series.items():
    cost = [bytes_fetched_per_byte_used(stride, dtype) for stride in strides]
    ax.plot(strides, cost, marker="o", markersize=4, color=colour)
    name = str(dtype).removeprefix("torch.")
    ax.text(128, cost[-1] * 1.12, name, color=colour, fontsize=9, ha="right", va="bottom")
ax.set(xscale="log", yscale="log", xlabel="stride, in elements", ylim=(0.85, 55))
ax.set_ylabel("bytes fetched per byte used")
ax.set_xticks(strides, map(str, strides))
ax.set_yticks([1, 2, 4, 8, 16, 32], map(str, [1, 2, 4, 8, 16, 32]))
ax.minorticks_off()
ax.grid()
