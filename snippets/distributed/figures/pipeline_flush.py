import matplotlib.pyplot as plt

from reference_impl.distributed import gpipe, one_f_one_b, simulate

P, M = 4, 8
COLOURS = {"F": "C0", "B": "C1", "W": "C2"}


def draw(axis, schedule):
    timeline = simulate(schedule)
    for event in timeline.events:
        kind, micro_batch, chunk = event.action
        length = event.end - event.start
        box = {"facecolor": COLOURS[kind], "edgecolor": plt.rcParams["axes.facecolor"]}
        box |= {"linewidth": 0.6, "clip_on": False}
        alpha = 0.3 + 0.3 * chunk if schedule.chunks > 1 else 0.45
        corner = (event.start, event.rank)
        axis.add_patch(plt.Rectangle(corner, length, 0.92, alpha=alpha, **box))
        if length >= 1:
            middle = (event.start + length / 2, event.rank + 0.5)
            axis.text(*middle, str(micro_batch), ha="center", va="center", fontsize=9)
    axis.set(xlim=(0, 33), ylim=(P, 0), yticks=[i + 0.5 for i in range(P)], xticks=[])
    axis.set_yticklabels(range(P))
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.set_title(f"{schedule.name}: {timeline.total:g}, bubble {timeline.bubble:.0%}", loc="left")


figure, axes = plt.subplots(2, 1, figsize=(4.5, 3.0))
for axis, schedule in zip(axes, (gpipe(P, M), one_f_one_b(P, M)), strict=True):
    draw(axis, schedule)
axes[-1].set_xticks(range(0, 34, 3))
axes[-1].set_xlabel("time, in forwards of a whole rank")
figure.supylabel("rank", fontsize=10)
