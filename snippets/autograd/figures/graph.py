import matplotlib.pyplot as plt
import torch

w = torch.ones(3, requires_grad=True)
b = torch.zeros((), requires_grad=True)
x = torch.tensor([1.0, 2.0, 3.0])
loss = ((w * x).sum() + b).tanh()
loss.backward()
values = {"w": w, "b": b}

boxes, arrows = [], []


def place(node, depth, column):
    """Gives each node a row by its depth and a column by the order of its inputs."""
    boxes.append((node, depth, column))
    for offset, (parent, _) in enumerate(node.next_functions):
        arrows.append(((column, depth), (column + offset, depth + 1)))
        if parent is None:
            boxes.append((None, depth + 1, column + offset))
        else:
            place(parent, depth + 1, column + offset)


place(loss.grad_fn, 0, 0)

fig, ax = plt.subplots(figsize=(4.5, 4.6))
ink = plt.rcParams["text.color"]
for start, end in arrows:
    ax.annotate(
        "",
        xy=(end[0], end[1] - 0.27),
        xytext=(start[0], start[1] + 0.27),
        arrowprops={"arrowstyle": "-|>", "color": ink, "shrinkA": 0, "shrinkB": 0},
    )
for node, depth, column in boxes:
    if node is None:
        text, colour = "None\n(x: data)", ink
    elif hasattr(node, "variable"):
        name = next(name for name, leaf in values.items() if leaf is node.variable)
        text, colour = f"AccumulateGrad\nfills {name}.grad", "C2"
    else:
        text, colour = node.name(), "C0"
    box = {"boxstyle": "round,pad=0.4", "facecolor": "none", "edgecolor": colour}
    ax.text(column, depth, text, ha="center", va="center", color=colour, fontsize=9, bbox=box)
ax.annotate(
    "loss.grad_fn",
    xy=(0.42, 0),
    xytext=(1.05, 0),
    va="center",
    ha="center",
    fontsize=9,
    arrowprops={"arrowstyle": "-|>", "color": ink},
)
ax.set(xlim=(-0.55, 1.5), ylim=(4.45, -0.45))
ax.axis("off")
