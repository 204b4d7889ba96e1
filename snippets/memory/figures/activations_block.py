import matplotlib.pyplot as plt

from reference_impl.gpt import GPTConfig
from reference_impl.memory import gpt_activations

BATCH, LENGTH = 8, 1024


def group(kept):
    """Return which bar a term is in; the order of the tests matters."""
    if "weight in" in kept:
        return "weights, cast"
    if "norm:" in kept:
        return "norms"
    if "q, k and v" in kept:
        return "queries, keys, values"
    if kept.startswith("attention"):
        return "attention output"
    return "gelu: input" if kept.startswith("gelu") else "inputs of linear layers"


config = GPTConfig.gpt2(dropout=0.0)
unit = BATCH * LENGTH * config.dim
figure, axis = plt.subplots(figsize=(4.5, 3.0), layout="constrained")
names: list[str] = []
for row, precision in enumerate(("float32", "autocast", "bfloat16")):
    sums: dict[str, float] = {}
    for term in gpt_activations(config, BATCH, LENGTH, precision):
        if term.part == "block 0":
            sums[group(term.kept)] = sums.get(group(term.kept), 0) + term.nbytes / unit
    left = 0.0
    for name, width in sums.items():
        label = name if name not in names else None
        names += [name] if label else []
        colour = f"C{names.index(name)}"
        axis.barh(row, width, 0.6, left, color=colour, alpha=0.75, label=label)
        left += width
axis.set_yticks(range(3), ["float32", "autocast", "bfloat16"])
axis.set(ylim=(2.6, -0.6), xlabel="bytes for each number of the residual stream")
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9, ncols=2, loc="lower center", bbox_to_anchor=(0.4, 1.0))
