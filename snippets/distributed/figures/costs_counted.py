import matplotlib.pyplot as plt
import torch

from reference_impl.distributed import SCHEMES, TrainStep, counted_step, run_ranks, sent_bytes
from reference_impl.gpt import GPTConfig

SMALL = GPTConfig(vocab=20, context=32, dim=12, layers=4, heads=4)
LARGE = GPTConfig(vocab=100, context=128, dim=96, layers=4, heads=4)
SETTINGS = ((SMALL, 4, 16, 2, torch.float32), (SMALL, 4, 32, 4, torch.bfloat16))
SETTINGS += ((LARGE, 4, 128, 2, torch.float32), (LARGE, 4, 64, 4, torch.float32))


def work(rank, steps):
    found = []
    for step in steps:
        for scheme in SCHEMES:
            torch.manual_seed(0)
            found.append(counted_step(rank, scheme, step)[0].sent)
    return found


figure, axis = plt.subplots(figsize=(4.5, 3.8), layout="constrained")
axis.plot([1e3, 3e7], [1e3, 3e7], color="C5", linewidth=1)
markers = dict(zip(SCHEMES, "osv^DPX<>*", strict=True))
for config, batch, length, ranks, dtype in SETTINGS:
    step = TrainStep(config=config, batch=batch, length=length, ranks=ranks, dtype=dtype)
    counted = run_ranks(work, ranks, [step])[0]
    for i, (scheme, sent) in enumerate(zip(SCHEMES, counted, strict=True)):
        formula = sum(sent_bytes(scheme, step).values())
        label = scheme if config is SMALL and ranks == 2 else None
        axis.plot(formula, sent, markers[scheme], color=f"C{i % 5}", alpha=0.75, label=label)
axis.set(xscale="log", yscale="log", xlim=(1e3, 3e7), ylim=(1e3, 3e7))
axis.set(xlabel="bytes by formula", ylabel="bytes counted")
ticks = [10**n for n in range(3, 8)], ["1 kB", "10 kB", "100 kB", "1 MB", "10 MB"]
axis.set_xticks(*ticks)
axis.set_yticks(*ticks)
axis.tick_params(axis="x", rotation=30)
axis.minorticks_off()
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9, ncols=2, loc="upper left")
