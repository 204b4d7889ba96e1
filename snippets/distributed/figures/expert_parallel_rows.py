import matplotlib.pyplot as plt
import torch

from reference_impl.distributed import ExpertParallel, run_ranks

torch.manual_seed(0)
RANKS, GROUPS = 4, 2
x = torch.randn(RANKS, GROUPS, 64, 32)


def work(rank):
    layer = ExpertParallel(dim=32, hidden=64, experts=8, factor=1.25)
    routing = layer(x[rank])[1]
    to = routing.experts[routing.kept] // 2  # two experts on each rank
    return to.bincount(minlength=RANKS).tolist(), routing.capacity


found = run_ranks(work, RANKS)
needed = [counts for counts, _ in found]
padded = [[GROUPS * 2 * found[0][1]] * RANKS for _ in range(RANKS)]

figure, axes = plt.subplots(1, 2, figsize=(4.5, 2.7), sharey=True)
for axis, rows, title in zip(axes, (needed, padded), ("as needed", "padded"), strict=True):
    for i, row in enumerate(rows):
        for j, number in enumerate(row):
            colour = "C2" if i == j else "C0"
            axis.add_patch(
                plt.Rectangle(
                    (j + 0.04, i + 0.04), 0.92, 0.92, color=colour, alpha=0.1 + 0.4 * number / 40
                )
            )
            axis.text(j + 0.5, i + 0.5, number, ha="center", va="center")
    axis.set(xlim=(0, RANKS), ylim=(RANKS, 0), aspect="equal", title=title, xlabel="to rank")
    axis.set_xticks([i + 0.5 for i in range(RANKS)], range(RANKS))
    axis.set_yticks([i + 0.5 for i in range(RANKS)], range(RANKS))
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
axes[0].set_ylabel("from rank")
figure.tight_layout()
