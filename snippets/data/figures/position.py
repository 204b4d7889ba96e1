import matplotlib.pyplot as plt

from reference_impl.data import ResumableSampler

LENGTH, BATCH, RANKS, STOP = 32, 3, 2, 2  # each rank has used STOP batches

figure, axes = plt.subplots(figsize=(4.5, 3.4))
sampler = ResumableSampler(LENGTH, rank=0, world_size=RANKS)
order = [0] * LENGTH
for rank in range(RANKS):
    order[rank::RANKS] = list(ResumableSampler(LENGTH, rank=rank, world_size=RANKS))
for _ in range(STOP):
    sampler.advance(BATCH)
consumed = sampler.state_dict()["consumed"]
ahead = consumed + 2 * BATCH * RANKS  # one worker, prefetch_factor=2

for place, index in enumerate(order):
    column, row = place % 8, place // 8
    used, loaded = place < consumed, place < ahead
    colour = f"C{place % RANKS}"
    axes.add_patch(
        plt.Rectangle(
            (column + 0.05, row + 0.12),
            0.9,
            0.76,
            facecolor=colour if used else "none",
            alpha=0.75 if used else 1,
            edgecolor=colour,
            linestyle="-" if loaded else ":",
            linewidth=1.5,
        )
    )
    axes.text(column + 0.5, row + 0.5, index, ha="center", va="center", size=10)
for rank in range(RANKS):
    axes.plot([], [], "s", color=f"C{rank}", label=f"rank {rank}")
axes.set_xlim(0, 8)
axes.set_ylim(4, 0)
axes.axis("off")
axes.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
axes.set_aspect("equal")
axes.text(0, 4.2, f"filled: used (consumed = {consumed})", va="top", size=9)
axes.text(0, 4.65, "solid outline: loaded ahead, dotted: to come", va="top", size=9)
