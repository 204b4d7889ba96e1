import matplotlib.pyplot as plt
import torch
from torch.optim import SGD, AdamW

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.memory import record_steps

CONFIG = GPTConfig(vocab=1000, context=128, dim=128, layers=4, heads=4)
CASES = {
    "SGD": lambda p: SGD(p),
    "AdamW, fused": lambda p: AdamW(p, fused=True),
    "AdamW, loop": lambda p: AdamW(p, foreach=False),
    "AdamW, foreach": lambda p: AdamW(p, foreach=True),
}

figure, axis = plt.subplots(figsize=(4.5, 3.4), layout="constrained")
rows = [(name, batch) for batch in (1, 4) for name in CASES]
for row, (name, batch) in enumerate(rows):
    model, (ids, targets) = GPT(CONFIG), torch.randint(CONFIG.vocab, (2, batch, CONFIG.context))
    optimizer = CASES[name](model.parameters())
    losses = 2 * [lambda m=model, x=ids, y=targets: m.loss(x, y)]
    for number, timeline in enumerate(record_steps(model, optimizer, losses)):
        worst = timeline.worst()
        place, colour = row + 0.38 * (number - 0.5), ("C0", "C3")[number]
        label = f"step {number + 1}" if row == 0 else None
        axis.barh(place, worst.total / 1e6, 0.36, color=colour, alpha=0.75, label=label)
        axis.annotate(worst.phase, (worst.total / 1e6, place), (2, 0), textcoords="offset points",
                      va="center", fontsize=9)  # fmt: skip  # the arguments as they belong together
axis.set_yticks(range(len(rows)), [f"{name}, {batch}" for name, batch in rows], fontsize=9)
axis.set(ylim=(len(rows) - 0.4, -0.6), xlim=(0, 36), xlabel="peak in megabytes")
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9, ncols=2, loc="lower center", bbox_to_anchor=(0.4, 1.0))
