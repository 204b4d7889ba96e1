import matplotlib.pyplot as plt

from reference_impl.distributed import Layout, Machine, estimate
from reference_impl.gpt import GPTConfig

MODEL = GPTConfig(vocab=51_200, context=4096, dim=8192, layers=80, heads=64, hidden=36_864)
LAYOUTS = {
    "512 × 2 × 1, ZeRO-3": Layout(data=512, tensor=2, pipeline=1, stage=3),
    "256 × 4 × 1, ZeRO-3": Layout(data=256, tensor=4, pipeline=1, stage=3, rows=2),
    "1024 × 1 × 1, ZeRO-3": Layout(data=1024, tensor=1, pipeline=1, stage=3, recompute=True),
    "64 × 4 × 4, ZeRO-1": Layout(data=64, tensor=4, pipeline=4, stage=1, chunks=4),
    "32 × 8 × 4, ZeRO-1": Layout(data=32, tensor=8, pipeline=4, stage=1, chunks=4),
    "16 × 4 × 16, ZeRO-1": Layout(data=16, tensor=4, pipeline=16, stage=1),
    "64 × 4 × 4, ZeRO-3": Layout(data=64, tensor=4, pipeline=4, stage=3, chunks=4),
}
PARTS = {"compute": "C0", "tensor": "C1", "pipeline": "C2", "bubble": "C3", "data": "C4"}

figure, axis = plt.subplots(figsize=(4.5, 3.8), layout="constrained")
for row, layout in enumerate(LAYOUTS.values()):
    for links, shift in ((1, -0.19), (8, 0.19)):
        machine = Machine.h100(1024, efficiency=0.6, share=0.63, links=links)
        one, left = estimate(MODEL, layout, machine, batch=1024, length=4096), 0.0
        for part, colour in PARTS.items():
            label = part if row == 0 and links == 1 else None
            width = one.time[part]
            axis.barh(row + shift, width, 0.34, left, color=colour, alpha=0.75, label=label)
            left += width
        text = f"{links} link{'s' * (links > 1)}, {left:.1f} s"
        axis.text(left + 0.15, row + shift, text, va="center_baseline", fontsize=9)
axis.set_yticks(range(len(LAYOUTS)), LAYOUTS)
axis.set(ylim=(len(LAYOUTS) - 0.5, -0.5), xlim=(0, 18.5), xlabel="modelled seconds of a step")
axis.tick_params(axis="y", labelsize=9)
axis.spines[["top", "right"]].set_visible(False)
axis.legend(fontsize=9, ncols=3, loc="lower center", bbox_to_anchor=(0.3, 1.0))
