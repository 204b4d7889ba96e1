import matplotlib.pyplot as plt

from reference_impl.distributed import Layout, Machine, estimate
from reference_impl.gpt import GPTConfig

MODEL = GPTConfig(vocab=51_200, context=4096, dim=8192, layers=80, heads=64, hidden=36_864)
MACHINE = Machine.h100(1024, efficiency=0.6, share=0.63)
LAYOUTS = {
    "64 × 4 × 4, ZeRO-1": Layout(data=64, tensor=4, pipeline=4, stage=1, chunks=4),
    "128 × 8 × 1, ZeRO-3": Layout(data=128, tensor=8, pipeline=1, stage=3, rows=4),
    "32 × 8 × 4, ZeRO-1": Layout(data=32, tensor=8, pipeline=4, stage=1, chunks=4),
    "32 × 8 × 4, no chunks": Layout(data=32, tensor=8, pipeline=4, stage=1),
    "256 × 4 × 1, ZeRO-3": Layout(data=256, tensor=4, pipeline=1, stage=3, rows=4, recompute=True),
    "16 × 4 × 16, ZeRO-1": Layout(data=16, tensor=4, pipeline=16, stage=1),
    "1024 × 1 × 1, ZeRO-3": Layout(data=1024, tensor=1, pipeline=1, stage=3, recompute=True),
    "64 × 4 × 4, ZeRO-3": Layout(data=64, tensor=4, pipeline=4, stage=3, chunks=4),
}
PARTS = {"compute": "C0", "tensor": "C1", "pipeline": "C2", "bubble": "C3", "data": "C4"}

figure, axis = plt.subplots(figsize=(4.5, 3.6), layout="constrained")
for row, layout in enumerate(LAYOUTS.values()):
    one, left = estimate(MODEL, layout, MACHINE, batch=1024, length=4096), 0.0
    for part, colour in PARTS.items():
        width = one.time[part]
        label = part if row == 0 else None
        axis.barh(row, width, 0.7, left, color=colour, alpha=0.75, label=label)
        left += width
    axis.text(left + 0.15, row, f"{one.bytes / 1e9:.0f} GB", va="center", fontsize=9)
axis.set_yticks(range(len(LAYOUTS)), LAYOUTS)
axis.set(ylim=(len(LAYOUTS) - 0.4, -0.6), xlim=(0, 17.5), xlabel="modelled seconds of a step")
axis.tick_params(axis="y", labelsize=9)
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9, ncols=3, loc="lower center", bbox_to_anchor=(0.3, 1.0))
