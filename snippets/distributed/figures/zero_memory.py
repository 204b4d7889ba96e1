import matplotlib.pyplot as plt
import torch

from reference_impl.distributed import DataParallel, Zero1, Zero2, Zero3, run_ranks, zero_bytes
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.optimizers import AdamW

CONFIG = GPTConfig(vocab=64, context=16, dim=32, layers=12, heads=4)
RANKS = 4


def work(rank, stage):
    model, ids = GPT(CONFIG), torch.randint(64, (2, 16))
    if stage is None:
        replica = DataParallel(model)
        optimizer = AdamW(model.parameters())
        replica(ids).square().mean().backward()
        replica.average_gradients()
        optimizer.step()
        state = [value for group in optimizer.state.values() for value in group.values()]
        gradients = [p.grad for p in model.parameters()]
        kinds = {"parameters": model.parameters(), "gradients": gradients, "optimizer": state}
        return {kind: sum(t.numel() * 4 for t in tensors) for kind, tensors in kinds.items()}
    zero = stage(model, [*model.blocks], AdamW)
    zero(ids).square().mean().backward()
    zero.average_gradients()
    zero.step()
    return zero.peak


numel = sum(p.numel() for p in GPT(CONFIG).parameters())
colours = {"parameters": "C0", "gradients": "C1", "optimizer": "C2"}
figure, axis = plt.subplots(figsize=(4.5, 2.9), layout="constrained")
for row, stage in enumerate((None, Zero1, Zero2, Zero3)):
    peak, left = run_ranks(work, RANKS, stage)[0], 0.0
    for kind, colour in colours.items():
        width = peak[kind] / numel
        label = kind if row == 0 else None
        axis.barh(row, width, 0.7, left, color=colour, alpha=0.75, label=label)
        left += width
    formula = sum(zero_bytes(numel, row, RANKS).values()) / numel
    label = "the formula" if row == 0 else None
    axis.plot([formula] * 2, [row - 0.42, row + 0.42], color="C5", linewidth=2, label=label)
axis.set_yticks(range(4), ["data parallel", "ZeRO-1", "ZeRO-2", "ZeRO-3"])
axis.set(ylim=(3.6, -0.6), xlabel="bytes of one rank, for each parameter of the model")
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9, ncols=2, loc="lower center", bbox_to_anchor=(0.4, 1.0))
