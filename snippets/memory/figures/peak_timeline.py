from functools import partial

import matplotlib.pyplot as plt
import torch
from torch.utils.checkpoint import checkpoint

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import PARTS, record_steps

CONFIG = GPTConfig(vocab=1000, context=128, dim=128, layers=4, heads=4)
WIDTHS = {
    "forward": 24,
    "backward": 40,
    "step": 12,
}  # bins: what is drawn is the worst moment in each


def moments(recompute):
    """Make two steps; return, for each bin, where it stands and what is alive."""
    model, (ids, targets) = GPT(CONFIG), torch.randint(CONFIG.vocab, (2, 4, CONFIG.context))
    for block in model.blocks if recompute else ():
        block.forward = partial(checkpoint, block.forward, use_reentrant=False)
    optimizer = torch.optim.AdamW(model.parameters(), foreach=True)
    places, rows, ends, start = [], [], [], 0
    for timeline in record_steps(model, optimizer, 2 * [lambda: model.loss(ids, targets)]):
        for phase, bins in WIDTHS.items():
            found = [moment for moment in timeline.moments if moment.phase == phase]
            for i in range(bins):
                few = found[i * len(found) // bins : (i + 1) * len(found) // bins]
                worst = max(few, key=lambda moment: moment.total)
                places.append(start + i)
                rows.append([worst.live[part] / 1e6 for part in PARTS])
            start += bins
            ends.append((start - bins / 2, start, phase))
    return places, rows, ends


figure, axes = plt.subplots(2, 1, figsize=(4.5, 5), sharex=True, sharey=True, layout="constrained")
for axis, recompute in zip(axes, (False, True), strict=True):
    places, rows, ends = moments(recompute)
    columns = list(zip(*rows, strict=True))
    colours = ("C0", "C2", "C1", "C3", "C4")
    axis.stackplot(places, *columns, labels=PARTS, colors=colours, alpha=0.75)
    total = [sum(row) for row in rows]
    top = max(total)
    axis.axhline(top, color="C5", linestyle=":")
    axis.annotate(f"{top:.1f} MB", (0, top), (2, 2), textcoords="offset points", fontsize=9)
    for _, end, _ in ends[:-1]:
        axis.axvline(end, color="C5", linewidth=0.5)
    axis.set(
        ylabel="megabytes", title="each block recomputed" if recompute else "all activations kept"
    )
    axis.title.set_fontsize(10)
    axis.spines[["top", "right"]].set_visible(False)
axes[1].set_xticks([middle for middle, _, _ in ends], [phase for _, _, phase in ends], fontsize=9)
axes[1].set(xlim=(0, ends[-1][1]), ylim=(0, 36))
axes[1].set_xlabel("allocations of step 1, then of step 2")
figure.legend(*axes[0].get_legend_handles_labels(), fontsize=9, ncols=3, loc="outside upper center")
