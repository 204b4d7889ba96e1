import matplotlib.pyplot as plt
import torch

from reference_impl.distributed import Links, run_ranks
from reference_impl.distributed.collectives import _ring_gather, _ring_reduce

RANKS = 4


class Watched(Links):
    """Notes, after each step, what every chunk of this rank holds, and which one it sent."""

    def __init__(self, chunks):
        super().__init__()
        self.chunks, self.states, self.sent = chunks, [], []

    def swap(self, x, to, into, source):
        self.states.append([chunk.item() for chunk in self.chunks])
        places = [chunk.data_ptr() for chunk in self.chunks]
        self.sent.append(places.index(x.data_ptr()))
        super().swap(x, to, into, source)


def work(rank):
    chunks = list(torch.ones(RANKS).split(1))
    links = Watched(chunks)
    _ring_reduce(chunks, links, torch.add)
    _ring_gather(chunks, links)
    return [*links.states, [chunk.item() for chunk in chunks]], links.sent


found = run_ranks(work, RANKS)
figure, axes = plt.subplots(4, 2, figsize=(4.5, 5.5), layout="constrained")
for step, axis in enumerate(axes.flat):
    if step > 2 * (RANKS - 1):
        axis.axis("off")
        break
    for rank, (states, sent) in enumerate(found):
        for chunk, parts in enumerate(states[step]):
            colour = "C2" if parts == RANKS else "C0"
            axis.barh(rank, 0.9, 0.75, chunk - 0.45, color=colour, alpha=0.12 + 0.11 * parts)
            axis.text(chunk, rank, f"{parts:.0f}", ha="center", va="center", fontsize=9)
        if step < len(sent):
            axis.barh(rank, 0.9, 0.75, sent[step] - 0.45, fill=False, edgecolor="C1", linewidth=2)
    name = "reduce-scatter" if step < RANKS - 1 else "all-gather"
    at_end = step == 2 * (RANKS - 1)
    axis.set_title("end" if at_end else f"step {step + 1}: {name}", fontsize=9.5)
    axis.set(xticks=[], yticks=range(RANKS), ylim=(RANKS - 0.5, -0.5), xlim=(-0.6, RANKS - 0.4))
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
axes[0, 0].set_ylabel("rank")
