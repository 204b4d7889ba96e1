import matplotlib.pyplot as plt
import torch

from reference_impl.distributed import RingLog, chunks_of, ring_attention, run_ranks, split_sequence

RANKS = 4
x = torch.randn(1, 1, 16, 4)


def work(rank, layout):
    log = RingLog()
    part = split_sequence(x, rank, RANKS, layout=layout)
    ring_attention(part, part, part, causal=True, layout=layout, log=log)
    return log


figure, axes = plt.subplots(2, 1, figsize=(4.5, 5.4))
for axis, layout in zip(axes, ("contiguous", "zigzag"), strict=True):
    for rank, log in enumerate(run_ranks(work, RANKS, layout)):
        for step, (owner, done) in enumerate(zip(log.owners, log.work, strict=True)):
            axis.add_patch(
                plt.Rectangle(
                    (step + 0.04, rank + 0.04), 0.92, 0.92, color="C0", alpha=0.05 + 0.14 * done
                )
            )
            chunks = "K{},K{}".format(*chunks_of(owner, RANKS, layout))
            axis.text(step + 0.5, rank + 0.36, chunks, ha="center", va="center")
            axis.text(step + 0.5, rank + 0.7, f"work {done}", ha="center", va="center", fontsize=9)
        axis.text(4.5, rank + 0.5, sum(log.work), ha="center", va="center")
    queries = ["rank {}\nQ{},Q{}".format(r, *chunks_of(r, RANKS, layout)) for r in range(RANKS)]
    axis.set(xlim=(0, 5), ylim=(RANKS, 0), title=layout)
    axis.set_xticks([0.5, 1.5, 2.5, 3.5, 4.5], ["step 0", "step 1", "step 2", "step 3", "sum"])
    axis.set_yticks([r + 0.5 for r in range(RANKS)], queries)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
figure.tight_layout()
