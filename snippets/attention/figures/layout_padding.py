import matplotlib.pyplot as plt
import torch

from reference_impl.attention import PagedCache, PagePool

lengths, capacity = (9, 3, 6), 12
width = max(lengths)
left = torch.zeros(3, capacity)
right = torch.zeros(3, capacity)
for row, n in enumerate(lengths):
    left[row, :width], right[row, :width] = 1, 1  # filling
    left[row, width - n : width], right[row, :n] = 2 + row, 2 + row
pool = PagePool(pages=9, page_size=4, kv_heads=1, head_dim=1)
cache = PagedCache(pool, batch=3)
for row, n in enumerate(lengths):
    x = torch.full((1, 1, n, 1), 2.0 + row)
    cache.select(row).append(x, x)
paged = pool.k[..., 0, 0]

ink = plt.rcParams["text.color"]
figure, axes = plt.subplots(3, 1, figsize=(4.5, 5.4), height_ratios=[3, 3, 3])
tints = {0: ("none", 1.0), 1: (ink, 0.25), 2: ("C0", 0.75), 3: ("C1", 0.75), 4: ("C2", 0.75)}
paged = paged.reshape(3, capacity)  # three pages in a line
titles = ("left padding", "right padding", "a pool of nine pages")
for axis, cells, name in zip(axes, (left, right, paged), titles, strict=True):
    for y, line in enumerate(cells.tolist()):
        for x, kind in enumerate(line):
            colour, alpha = tints[int(kind)]
            axis.add_patch(plt.Rectangle((x, y), 1, 1, facecolor=colour, alpha=alpha))
            axis.add_patch(plt.Rectangle((x, y), 1, 1, fill=False, edgecolor=ink, linewidth=0.5))
    axis.set(xlim=(-0.1, capacity + 0.1), ylim=(3.1, -0.1), xticks=[], yticks=[], ylabel="row")
    axis.set_xlabel(name)
    axis.spines[:].set_visible(False)
axes[2].set_ylabel("")
for edge in (0, 4, 8, 12):
    axes[2].plot([edge, edge], [0, 3], color=ink, linewidth=2.5)
figure.tight_layout()
