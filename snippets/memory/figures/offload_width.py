import matplotlib.pyplot as plt

from reference_impl.gpt import GPTConfig
from reference_impl.memory import gpt_activations

RATE, LINK = 989.4e12, 64e9  # H100: bfloat16 FLOP/s; PCIe Gen5 x16: bytes/s in one direction
BATCH, LENGTH = 8, 1024
WIDTHS = [2**power for power in range(9, 16)]


def kept(dim, again):
    """Return the bytes that a block keeps, in bfloat16."""
    config = GPTConfig(vocab=50, context=LENGTH, dim=dim, layers=2, heads=dim // 64)
    terms = gpt_activations(config, BATCH, LENGTH, "bfloat16", recompute=again)
    return sum(term.nbytes for term in terms if term.part == "block 1")


tokens = BATCH * LENGTH
compute = [24 * tokens * dim**2 / RATE * 1e3 for dim in WIDTHS]
figure, axis = plt.subplots(figsize=(4.5, 3.2), layout="constrained")
axis.plot(WIDTHS, compute, color="C0", label="compute, at the peak")
axis.plot(WIDTHS, [t / 0.4 for t in compute], color="C0", linestyle="--", label="compute, at 40 %")
for again, colour, label in ((False, "C1", "copy all"), (True, "C2", "copy the block's input")):
    copy = [kept(dim, again) / LINK * 1e3 for dim in WIDTHS]
    axis.plot(WIDTHS, copy, color=colour, marker="o", markersize=3, label=label)
axis.set(xscale="log", yscale="log", xlabel="width of the model", ylabel="milliseconds for a block")
axis.set_xticks(WIDTHS[::2], [f"{width:,}" for width in WIDTHS[::2]])
axis.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
axis.minorticks_off()
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9)
