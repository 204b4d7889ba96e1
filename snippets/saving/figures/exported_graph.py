import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.export import Dim


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 8)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 3)

    def forward(self, ids):
        return self.head(self.norm(self.embedding(ids))).mean(dim=1)


sizes = {0: Dim("batch"), 1: Dim("length")}
ids = torch.zeros(2, 5, dtype=torch.long)
exported = torch.export.export(Classifier().eval(), (ids,), dynamic_shapes=(sizes,))
target = {s.arg.name: s.target for s in exported.graph_signature.input_specs if s.target}
user = next(n for n in exported.graph.nodes if n.name in exported.graph_signature.user_inputs)
chain = [user, *(n for n in exported.graph.nodes if n.op == "call_function")]
names = dict(zip((str(s) for s in user.meta["val"].shape), ("batch", "length"), strict=True))

fig, ax = plt.subplots(figsize=(4.5, 4.2))
text = plt.rcParams["text.color"]
arrow = {"arrowstyle": "-|>", "color": text, "alpha": 0.7, "shrinkA": 0, "shrinkB": 0}


def box(x, y, label, colour, width, height):
    corner = x - width / 2, y - height / 2
    patch = plt.Rectangle(corner, width, height, fc=colour, ec=colour, alpha=0.3)
    ax.add_patch(patch)
    ax.text(x, y, label, ha="center", va="center", fontsize=9)


for row, node in enumerate(chain):
    box(0, -row, node.name, "C2" if node is user else "C0", 1.5, 0.5)
    below = -row - (0.75 if node is not chain[-1] else 0.7)
    ax.annotate("", (0, below), (0, -row - 0.25), arrowprops=arrow)
    shape = ", ".join(names.get(str(s), str(s)) for s in node.meta["val"].shape)
    ax.text(0.1, -row - 0.5, f"({shape})", va="center", fontsize=9)
    weights = [target[a.name] for a in node.args if getattr(a, "name", None) in target]
    for n, name in enumerate(weights):
        y = -row + 0.23 * (len(weights) - 1) - 0.46 * n
        box(-2.2, y, name, "C1", 2.0, 0.38)
        ax.annotate("", (-0.75, -row), (-1.2, y), arrowprops=arrow)
ax.set(xlim=(-3.25, 1.75), ylim=(-len(chain) + 0.2, 0.35))
ax.axis("off")
