import matplotlib.pyplot as plt
import torch
from torch import nn

torch.manual_seed(0)
layer = nn.Linear(8, 4)
optimizer = torch.optim.AdamW(layer.parameters())
x, found = torch.randn(16, 8), {}


def note(name, t):
    found[name] = str(t.dtype)[6:].replace("float", "fp").replace("bfp", "bf")


class Watch(torch.utils._python_dispatch.TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if func is torch.ops.aten.addmm.default:
            (
                note("cast of\nthe weight", args[2]),
                note("cast of\nthe input", args[1]),
                note("output", out),
            )
        if func is torch.ops.aten.mm.default:
            note("gradient\nof the cast", out)
        return out


with Watch():
    with torch.autocast("cpu", torch.bfloat16):
        out = layer(x)
    out.register_hook(lambda g: note("gradient of\nthe output", g))
    loss = out.float().square().mean()
    loss.backward()
optimizer.step()
note("weight", layer.weight), note("input", x), note("loss", loss)
note("weight.grad", layer.weight.grad)
note("AdamW's\naverages", optimizer.state[layer.weight]["exp_avg"])

places = {"input": (0, 2), "cast of\nthe input": (1, 2), "output": (2, 1), "loss": (3, 1), "weight": (0, 1),
          "cast of\nthe weight": (1, 1), "gradient of\nthe output": (3, 0), "gradient\nof the cast": (2, 0),
          "weight.grad": (1, 0), "AdamW's\naverages": (0, 0)}  # fmt: skip  # a list reads as a list
turn = ["input", "cast of\nthe input", "output"]
circle = ["weight", "cast of\nthe weight", "output", "loss", "gradient of\nthe output", "gradient\nof the cast",
          "weight.grad", "AdamW's\naverages", "weight"]  # fmt: skip  # a list reads as a list
figure, axis = plt.subplots(figsize=(4.5, 3.6), layout="constrained")
for start, end in [*zip(turn, turn[1:], strict=False), *zip(circle, circle[1:], strict=False)]:
    (x0, y0), (x1, y1) = places[start], places[end]
    across = (x1 > x0) - (x1 < x0)
    begin = (x0 + 0.38 * across, y0) if across else (x0, y0 + 0.26 * (y1 - y0))
    stop = (x1 - 0.38 * across, y1) if y0 == y1 else (x1, y1 - 0.26 * (y1 - y0))
    axis.annotate("", stop, begin, arrowprops={"arrowstyle": "->", "color": "C5", "linewidth": 1.2})
for name, (column, row) in places.items():
    colour = "C0" if found[name] == "fp32" else "C1"
    box = {"boxstyle": "round,pad=0.3", "facecolor": "none", "edgecolor": colour, "linewidth": 1.6}
    axis.text(column, row, f"{name}\n{found[name]}", ha="center", va="center", fontsize=9, bbox=box)
axis.set(xlim=(-0.5, 3.5), ylim=(-0.4, 2.4))
axis.axis("off")
