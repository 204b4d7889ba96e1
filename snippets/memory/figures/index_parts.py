import matplotlib.pyplot as plt
import torch

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.gpt import GPT, GPTConfig

CONFIG = GPTConfig(vocab=1000, context=128, dim=64, layers=4, heads=4)
BATCHES = (1, 2, 4, 8, 16, 32)


def size(tensors):
    return sum(t.numel() * t.element_size() for t in tensors) / 1e6


def counted(batch):
    """Make one training step, and return the megabytes of each part."""
    model = GPT(CONFIG)
    optimizer = torch.optim.AdamW(model.parameters())
    ids, targets = torch.randint(CONFIG.vocab, (2, batch, CONFIG.context))
    with LiveBytes() as meter:
        loss = model.loss(ids, targets)
    activations = (meter.live - 4) / 1e6  # without the loss
    loss.backward()
    optimizer.step()
    state = [value for entries in optimizer.state.values() for value in entries.values()]
    return {
        "parameters": size(model.parameters()),
        "gradients": size(p.grad for p in model.parameters()),
        "optimizer": size(state),
        "activations": activations,
    }


figure, axis = plt.subplots(figsize=(4.5, 2.9), layout="constrained")
for row, batch in enumerate(BATCHES):
    left = 0.0
    for colour, (part, width) in zip(("C0", "C1", "C2", "C3"), counted(batch).items(), strict=True):
        label = part if row == 0 else None
        axis.barh(row, width, 0.7, left, color=colour, alpha=0.75, label=label)
        left += width
axis.set_yticks(range(len(BATCHES)), [f"batch {batch}" for batch in BATCHES])
axis.set(ylim=(len(BATCHES) - 0.4, -0.6), xlabel="megabytes")
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9, ncols=2, loc="lower center", bbox_to_anchor=(0.4, 1.0))
