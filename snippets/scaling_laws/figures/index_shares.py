import matplotlib.pyplot as plt

from reference_impl.gpt import GPTConfig
from reference_impl.gpt.config import GPT3_SIZES
from reference_impl.scaling_laws import Language, forward_flops, small_gpt

models = {f"ours, width {dim}": (small_gpt(Language(), dim).config, 32) for dim in (8, 32, 96)}
models |= {f"GPT-2 {size}": (GPTConfig.gpt2(size), 1024) for size in ("small", "xl")}
sizes = [size for size in GPT3_SIZES if size in ("1.3B", "6.7B", "175B")]
models |= {f"GPT-3 {size}": (GPTConfig.gpt3(size, band=None), 2048) for size in sizes}
figure, axis = plt.subplots(figsize=(4.5, 3.2), layout="constrained")
for row, (config, length) in enumerate(models.values()):
    counts, left = forward_flops(config, length), 0.0
    for (part, count), colour in zip(counts.items(), ["C0", "C1", "C2"], strict=True):
        share = count / sum(counts.values())
        label = {"blocks": "matrices: 2N", "attention": "attention", "head": "head"}[part]
        axis.barh(row, share, left=left, color=colour, alpha=0.8, label=label if row == 0 else None)
        left += share
axis.set_yticks(range(len(models)), list(models))
axis.set(xlim=(0, 1), ylim=(len(models) - 0.4, -0.6), xlabel="share of a token's operations")
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9, ncols=3, loc="lower center", bbox_to_anchor=(0.4, 1.0))
