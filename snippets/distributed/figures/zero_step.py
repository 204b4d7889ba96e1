import matplotlib.pyplot as plt
import torch

from reference_impl.distributed import Zero1, Zero2, Zero3, run_ranks
from reference_impl.gpt import GPT, GPTConfig
from reference_impl.optimizers import AdamW

CONFIG = GPTConfig(vocab=64, context=16, dim=32, layers=8, heads=4)


def work(rank, stage):
    model = GPT(CONFIG)
    zero = stage(model, [*model.blocks], AdamW)
    held, numel = [], sum(unit.numel for unit in zero.units)
    watch = lambda *_: held.append(sum(zero.held_bytes().values()) / numel)  # noqa: E731 - a hook
    ids = torch.randint(64, (2, 16))
    for step in range(2):
        if step == 1:  # the second one: in the first, the optimizer has no state yet
            watch()
            for block in model.blocks:
                block.register_forward_pre_hook(watch)
                block.register_forward_hook(watch)
            for parameter in model.parameters():
                parameter.register_post_accumulate_grad_hook(watch)
        zero(ids).square().mean().backward()
        zero.average_gradients()
        zero.step()
        zero.zero_grad()
    watch()
    return held


figure, axis = plt.subplots(figsize=(4.5, 2.9), layout="constrained")
for stage, colour in {Zero1: "C0", Zero2: "C1", Zero3: "C2"}.items():
    held = run_ranks(work, 4, stage)[0]
    axis.plot(held, color=colour, label=f"ZeRO-{stage.__name__[-1]}", linewidth=1.5)
axis.axvline(2 * CONFIG.layers + 0.5, color="C5", linewidth=1, linestyle="--")
axis.set(
    xlabel="events: blocks in forward, gradients in backward",
    ylabel="bytes held for each parameter",
)
axis.set_ylim(0)
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9)
