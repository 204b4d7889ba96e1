import matplotlib.pyplot as plt

from reference_impl.gpt import GPTConfig, count_parameters
from reference_impl.gpt.config import GPT2_SIZES, GPT3_SIZES

configs = {"GPT-1": GPTConfig.gpt1()}
configs |= {f"GPT-2 {size}": GPTConfig.gpt2(size) for size in GPT2_SIZES}
configs |= {f"GPT-3 {size}": GPTConfig.gpt3(size) for size in GPT3_SIZES}
parts = {"tokens": "C5", "positions": "C4", "attention": "C0", "feed_forward": "C3"}
figure, axis = plt.subplots(figsize=(4.5, 3.8), layout="constrained")
for row, config in enumerate(configs.values()):
    counts, left = count_parameters(config), 0.0
    for part, colour in parts.items():
        width = counts[part] / counts["total"]
        label = part.replace("_", "-") if row == 0 else None
        axis.barh(row, width, left=left, color=colour, height=0.8, alpha=0.75, label=label)
        left += width
    total = counts["total"] / 1e6
    axis.text(
        1.02,
        row,
        f"{total:,.0f} M" if total < 1000 else f"{total / 1000:.1f} B",
        va="center",
        fontsize=9,
    )
axis.set_yticks(range(len(configs)), list(configs))
axis.set(xlim=(0, 1), ylim=(len(configs) - 0.4, -0.6), xlabel="share of all parameters")
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9, ncols=2, loc="lower center", bbox_to_anchor=(0.4, 1.0))
