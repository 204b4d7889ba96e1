import matplotlib.pyplot as plt
import torch

from reference_impl.t5 import corrupt_spans, span_mask

text = """Some years ago, never mind how long precisely, having little or no money in my purse, and nothing
particular to interest me on shore, I thought I would sail about a little and see the watery part of the world."""
words = text.split()
mask = span_mask(len(words), generator=torch.Generator().manual_seed(1))
ids = torch.arange(3, 3 + len(words))
source, target = (part.tolist() for part in corrupt_spans(ids, mask, 99))
spans = mask.logical_and(~torch.cat((mask.new_zeros(1), mask[:-1]))).cumsum(0)
figure, ax = plt.subplots(figsize=(4.5, 4.6))
y = 0.0
ink = plt.rcParams["text.color"]


def row(title, items):
    """Draw (word, colour) boxes in lines of limited width."""
    global y
    ax.text(0, y, title, fontsize=10, weight="bold", va="center")
    x, y = 0.0, y - 1
    for word, colour in items:
        width = 0.66 * len(word) + 1.1
        if x + width > 42:
            x, y = 0.0, y - 1
        box = {
            "facecolor": colour or "none",
            "alpha": 0.3 if colour else 1,
            "edgecolor": colour or ink,
            "linewidth": 0.5,
        }
        ax.add_patch(plt.Rectangle((x, y - 0.4), width - 0.25, 0.8, **box))
        ax.text(x + (width - 0.25) / 2, y, word, fontsize=9, ha="center", va="center")
        x += width
    y -= 1.4


def named(part):
    for number in part:
        if number in (98, 99, 97):
            yield f"<{99 - number}>", f"C{99 - number}"
        elif number == 1:
            yield "</s>", None
        else:
            yield (
                words[number - 3],
                (f"C{int(spans[number - 3]) - 1}" if mask[number - 3] else None),
            )


row(
    "text: 40 words, 6 dropped in 2 spans",
    [(w, f"C{int(s) - 1}" if m else None) for w, s, m in zip(words, spans, mask, strict=True)],
)
row(f"source: {len(source)}", list(named(source)))
row(f"target: {len(target)}", list(named(target)))
ax.set(xlim=(-0.5, 42.5), ylim=(y + 1, 0.8))
ax.axis("off")
figure.tight_layout()
