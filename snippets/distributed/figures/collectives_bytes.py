import matplotlib.pyplot as plt
import torch

from reference_impl.distributed import Links, all_gather, all_reduce, run_ranks, tree_all_reduce

NUMEL = 840  # 1 to 8 divide it


def work(rank):
    found, x = [], torch.ones(NUMEL)
    for collective in (all_gather, tree_all_reduce, all_reduce):
        links = Links()
        collective(x, links)
        found.append(links.bytes / (4 * NUMEL))
    return found


sizes = range(1, 9)
busiest = [[max(column) for column in zip(*run_ranks(work, size))] for size in sizes]
figure, axis = plt.subplots(figsize=(4.5, 2.9), layout="constrained")
names = {"gather all, add": "C4", "tree": "C1", "ring": "C0"}
for (name, colour), values in zip(names.items(), zip(*busiest), strict=True):
    axis.plot(sizes, values, "o-", color=colour, label=name)
axis.set(xlabel="ranks", ylabel="tensors sent by the busiest rank", xticks=list(sizes))
axis.set_ylim(0)
axis.spines[["top", "right"]].set_visible(False)
axis.legend()
