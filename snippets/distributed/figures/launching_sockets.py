import ast
import re
from pathlib import Path

import matplotlib.pyplot as plt

# What the page's program printed in a real run of two nodes, held against each new run by the tests.
program = Path(__file__).parents[1] / "launching_ports.py"
pattern = r"#> (.+) listens: (\[.*\]), connected: (.+)"
rows = re.findall(pattern, program.read_text(encoding="utf-8"))
listens = {name: ast.literal_eval(ports) for name, ports, _ in rows}
peers = {name: connected.split(", ") for name, _, connected in rows}

places = {
    "torchrun 0": (1.0, 3.0),
    "torchrun 1": (5.0, 3.0),
    "rank 0": (0.4, 1.5),
    "rank 1": (1.6, 0.0),
    "rank 2": (4.4, 0.0),
    "rank 3": (5.6, 1.5),
}
figure, axis = plt.subplots(figsize=(4.5, 3.4))
for name, connected in peers.items():
    for other in connected:
        if name < other:
            (x, y), (u, v) = places[name], places[other]
            gloo = name.startswith("rank") and other.startswith("rank")
            axis.plot([x, u], [y, v], color="C0" if gloo else "C1", zorder=1)
for name, (x, y) in places.items():
    ports = len(listens[name])
    label = f"{name}\n{ports} port{'s' * (ports != 1)}"
    colour = "C0" if name.startswith("rank") else "C1"
    paper = plt.rcParams["axes.facecolor"]
    box = {"boxstyle": "round", "facecolor": paper, "edgecolor": colour, "linewidth": 1.5}
    axis.text(x, y, label, ha="center", va="center", bbox=box, zorder=2)
axis.axvline(3.0, linestyle="dotted", color=plt.rcParams["text.color"], alpha=0.5, zorder=0)
axis.text(0.0, 3.9, "node 0")
axis.text(6.0, 3.9, "node 1", ha="right")
axis.set(xlim=(-0.4, 6.4), ylim=(-0.6, 4.2))
axis.axis("off")
figure.tight_layout()
