import matplotlib.pyplot as plt
import torch
from torch.overrides import TorchFunctionMode

from reference_impl.gpt import GPT, GPTConfig

NAMES = {"attention_norm": "norm", "mlp_norm": "norm", "mlp": "feed-forward", "norm": "final norm"}


class Trace(TorchFunctionMode):
    """Notes each call of a part, and each sum between parts, with where its terms were made."""

    def __init__(self, model):
        super().__init__()
        self.steps, self.made, self.inside = [], {}, 0
        for name, part in model.named_modules():
            is_drawn = name.count(".") in (0, 2) and name not in ("", "blocks")
            if is_drawn and not isinstance(part, torch.nn.Identity):
                part.register_forward_pre_hook(self.enter)
                part.register_forward_hook(lambda _, x, out, name=name: self.leave(name, x[0], out))

    def enter(self, *_):
        self.inside += 1

    def leave(self, name, x, out):
        self.inside -= 1
        self.note(name, out, [x])

    def note(self, name, out, inputs):
        self.steps.append((name, [self.made[id(x)][0] for x in inputs if id(x) in self.made]))
        self.made[id(out)] = len(self.steps) - 1, out  # kept, so that no other gets this id

    def __torch_function__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if func.__name__.strip("_") in ("add", "iadd") and not self.inside:
            self.note("+", out, args)
        return out


def draw(axis, title, config, repeats):
    model = GPT(config.change(vocab=9, context=4, dim=8, layers=len(repeats), heads=2, **small))
    with torch.no_grad(), Trace(model.eval()) as trace:
        model(torch.zeros(1, 3, dtype=torch.long))
    steps = trace.steps[2:]  # the first sum is that of tokens and positions
    heights, height, block = [], 0.0, None
    for name, _ in steps:
        inner = name.split(".")[1] if "." in name else block if name == "+" and heights else None
        height += 1.25 if inner != block else 1
        block = inner
        heights.append(height)
    for i, (name, made) in enumerate(steps):
        middle, part = heights[i], name.split(".")[-1]
        layer = int(name.split(".")[1]) if "." in name else None
        if part == "+" and i:
            start = heights[min(made) - 2] + 0.5
            axis.plot([0.5, 0.04, 0.04, 0.4], [start, start, middle, middle], "C1", linewidth=1.5)
        label = "tokens + positions" if not i else NAMES.get(part, part)
        if part == "attention" and model.blocks[layer].attention.band:
            label = "banded attention"
        colour = {"norm": "C2", "attention": "C0", "banded attention": "C0", "+": "C1"}
        colour = colour.get(label, "C3" if label == "feed-forward" else "C5")
        if label != "+":
            box = {"boxstyle": "round,pad=0.02", "facecolor": colour, "alpha": 0.22}
            axis.add_patch(
                plt.matplotlib.patches.FancyBboxPatch((0.12, middle - 0.3), 0.86, 0.6, **box)
            )
        axis.text(0.55, middle, label, ha="center", va="center", fontsize=9)
        if i:
            axis.plot([0.55] * 2, [heights[i - 1] + 0.33, middle - 0.33], color="C4", linewidth=1)
    top = heights[-1] + 1.25
    axis.text(0.55, top, "output (tied)", ha="center", va="center", fontsize=9)
    axis.plot([0.55] * 2, [heights[-1] + 0.33, top - 0.33], color="C4", linewidth=1)
    axis.set_title(title, fontsize=10)
    axis.set(xlim=(-0.02, 1.1), ylim=(0.4, 16.6))
    axis.axis("off")


small = {"hidden": 8}
figure, axes = plt.subplots(1, 3, figsize=(4.5, 5.5), layout="constrained")
draw(axes[0], "GPT-1\n12 such blocks", GPTConfig.gpt1(), [12])
draw(axes[1], "GPT-2\n12 to 48 such blocks", GPTConfig.gpt2(), [48])
draw(axes[2], "GPT-3\n48 such pairs", GPTConfig.gpt3(head_dim=None, band=2), [48, 48])
