import re
from pathlib import Path

import matplotlib.pyplot as plt

# What the page's program printed, held against each new run by the tests.
program = (Path(__file__).parents[1] / "apex_memory.py").read_text(encoding="utf-8")
found = re.findall(r"#> (\w+) weights (\d+) copies (\d+) gradients (\d+) state (\d+)", program)
levels = [level for level, *_ in found]
names = ["weights", "float32 copies", "gradients", "AdamW's state"]
bars = {name: [int(row[i]) for row in found] for i, name in enumerate(names, start=1)}
figure, axis = plt.subplots(figsize=(4.5, 2.8), layout="constrained")
left = [0.0] * len(levels)
for (name, sizes), colour in zip(bars.items(), ["C0", "C1", "C2", "C4"], strict=True):
    axis.barh(levels, sizes, left=left, color=colour, label=name, height=0.6)
    left = [a + b for a, b in zip(left, sizes, strict=True)]
axis.invert_yaxis()
axis.set_xticks([0, 4, 8, 12, 16, 20])
axis.set_xlabel("bytes for each parameter")
axis.spines[["top", "right"]].set_visible(False)
axis.legend(
    frameon=False,
    fontsize=9,
    ncols=2,
    loc="upper center",
    bbox_to_anchor=(0.45, 1.36),
    columnspacing=0.9,
    handlelength=1,
)
