import matplotlib.pyplot as plt
import torch
from matplotlib.patches import FancyBboxPatch
from torch.overrides import TorchFunctionMode

from reference_impl.t5 import T5, T5Config


class Trace(TorchFunctionMode):
    """Notes each call of a part, and each sum between parts, with where its terms were made."""

    def __init__(self, model):
        super().__init__()
        self.steps, self.made, self.inside = [], {}, 0
        for name, part in model.named_modules():
            if name.count(".") in (0, 2) and isinstance(part, torch.nn.Module):
                if list(part.parameters()) and name not in ("", "encoder", "decoder"):
                    part.register_forward_pre_hook(self.enter)
                    part.register_forward_hook(
                        lambda _, x, out, name=name: self.leave(name, x, out)
                    )

    def enter(self, *_):
        self.inside += 1

    def leave(self, name, inputs, out):
        self.inside -= 1
        bias = len(inputs) > 1 and isinstance(inputs[1], torch.Tensor)  # is one handed in?
        self.note(name, out, inputs[:1], bias)

    def note(self, name, out, inputs, bias=False):
        made = [self.made[id(x)][0] for x in inputs if id(x) in self.made]
        self.steps.append((name, made, bias))
        self.made[id(out)] = len(self.steps) - 1, out  # kept, so that no other gets this id

    def __torch_function__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if func.__name__.strip("_") == "add" and not self.inside and id(args[0]) in self.made:
            self.note("+", out, args)
        return out


def box(axis, middle, height, label, colour, wide=3.0):
    shape = {"boxstyle": "round,pad=0.02", "facecolor": colour, "alpha": 0.22}
    axis.add_patch(FancyBboxPatch((middle - wide / 2, height - 0.3), wide, 0.6, **shape))
    axis.text(middle, height, label, ha="center", va="center", fontsize=9)


def draw(axis, title, steps, middle, bias_at):
    """Draw one stack from below; return the height of each part."""
    side, heights, height = middle + 1.8, {}, 0.0
    for i, (name, made, bias) in enumerate(steps):
        part = name.split(".")[-1]
        height += 1 if part == "+" or not i else 1.25 if part.endswith("norm") else 1
        heights[i] = heights[part] = height
        if i:
            below = heights[i - 1]
            axis.plot([middle] * 2, [below + 0.33, height - 0.33], color="C4", linewidth=1)
        if part == "+":
            start = heights[min(made) - first] + 0.5
            line = [middle, side, side, middle + 0.2], [start, start, height, height]
            axis.plot(*line, "C1", linewidth=1.5)
            axis.text(middle, height, "+", ha="center", va="center", fontsize=9)
            continue
        label = "RMSNorm" if part.endswith("norm") else part.replace("_", "-")
        label = "self-attention" if label == "attention" else label
        colour = "C2" if label == "RMSNorm" else "C0" if "attention" in label else "C3"
        box(axis, middle, height, label, "C5" if part == "tokens" else colour)
        if bias:
            box(axis, bias_at, height, "bias", "C4", 0.9)
            arrow(axis, bias_at + 0.55, middle - 1.56, height)
    axis.text(middle, 0.1, title, ha="center", va="center", fontsize=10)
    return heights


def arrow(axis, start, end, height):
    axis.annotate(
        "", (end, height), (start, height), arrowprops={"arrowstyle": "->", "color": "C4"}
    )


torch.manual_seed(0)
sizes = {"vocab": 9, "dim": 8, "head_dim": 4, "heads": 2, "hidden": 8, "dropout": 0.0}
model = T5(T5Config(**sizes, layers=1, decoder_layers=1)).eval()
with torch.no_grad(), Trace(model) as trace:
    model(torch.tensor([[3, 4]]), torch.tensor([[0, 5]]))
names = [name for name, *_ in trace.steps]
cut = names.index("encoder_norm") + 1
figure, axis = plt.subplots(figsize=(4.5, 5.2), layout="constrained")
first = 0
source = draw(axis, "Encoder\n6 to 24 such layers", trace.steps[:cut], 2.9, 0.5)
first = cut
target = draw(axis, "Decoder\n6 to 24 such layers", trace.steps[cut:], 8.7, 6.3)
height, cross, top = source["encoder_norm"], target["cross_attention"], target["decoder_norm"] + 1.2
axis.plot([4.45, 6.2, 6.2], [height, height, cross], color="C4", linewidth=1)
arrow(axis, 6.2, 7.14, cross)
axis.plot([8.7] * 2, [top - 0.87, top - 0.33], color="C4", linewidth=1)
axis.text(8.7, top, "logits", ha="center", va="center", fontsize=9)
axis.set(xlim=(-0.1, 10.7), ylim=(-0.5, top + 0.5))
axis.axis("off")
