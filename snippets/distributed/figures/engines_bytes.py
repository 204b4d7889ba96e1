import re
from pathlib import Path

import matplotlib.pyplot as plt

# What the page's program printed, held against each new run by the tests.
program = Path(__file__).parents[1] / "engines_bytes.py"
pattern = r"#> (\w+) (\d): weights (.+), gradients (.+), state (.+)"
rows = re.findall(pattern, program.read_text(encoding="utf-8"))

figure, axis = plt.subplots(figsize=(4.5, 2.8))
for place, (_, _, *parts) in enumerate(rows):
    bottom = 0.0
    for index, (part, label) in enumerate(zip(parts, ("weights", "gradients", "optimizer state"))):
        size = int(part.replace(",", "")) / 1e6
        name = label if place == 0 else None
        axis.bar(place, size, 0.7, bottom, color=f"C{index}", label=name)
        bottom += size
axis.set_xticks(range(len(rows)), [f"{engine}\n{ranks}" for engine, ranks, *_ in rows])
axis.set(ylabel="MB on one rank", ylim=(0, 5.4))
axis.legend(ncols=3, loc="upper center", frameon=False, columnspacing=1, handlelength=1)
