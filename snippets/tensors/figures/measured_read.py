import json
from pathlib import Path

import matplotlib.pyplot as plt

# Written by `python -m benchmarks.strided_read`: medians of ratios, each pair timed side by side.
rows = json.loads(Path(__file__).with_suffix(".json").read_text())["rows"]
strides = [row["stride"] for row in rows]

figure, axes = plt.subplots(figsize=(4.5, 2.8))
axes.plot(strides, [row["pass"] for row in rows], "o-", color="C0", label="one strided pass")
axes.plot(strides, [row["copy"] for row in rows], "s--", color="C1", label="one copy")
axes.axhline(1, color="C2", linewidth=1, label="one packed pass")
axes.set_xscale("log", base=2)
axes.set_yscale("log")
axes.set_xticks(strides, [str(stride) for stride in strides])
axes.set_yticks([1, 10, 100], ["1", "10", "100"])
axes.minorticks_off()
axes.set_xlabel("stride, in float32 elements")
axes.set_ylabel("time, packed pass = 1")
axes.legend()
