import matplotlib.pyplot as plt
from torch.distributed import get_process_group_ranks
from torch.distributed.device_mesh import init_device_mesh

from reference_impl.distributed import run_ranks

COLOURS = {"data": "C0", "pipe": "C1", "tensor": "C2"}
STEPS = {"data": (0, -1.6), "pipe": (0.75, 0.55), "tensor": (1.6, 0)}  # on paper, for one place


def work(rank, names):
    mesh = init_device_mesh("cpu", (2,) * len(names), mesh_dim_names=names)
    groups = {name: get_process_group_ranks(mesh[name].get_group()) for name in names}
    return mesh.get_coordinate(), groups


paper = plt.rcParams["axes.facecolor"]
figure, axes = plt.subplots(1, 2, figsize=(4.5, 2.6), width_ratios=[2.2, 3], layout="constrained")
for axis, names in zip(axes, (("data", "tensor"), ("data", "pipe", "tensor")), strict=True):
    found = run_ranks(work, 2 ** len(names), names)
    spots = []
    for place, _ in found:
        steps = [[i * step for step in STEPS[name]] for i, name in zip(place, names, strict=True)]
        spots.append([sum(parts) for parts in zip(*steps, strict=True)])
    for _, groups in found:
        for name, ranks in groups.items():
            line = zip(*(spots[rank] for rank in ranks), strict=True)
            axis.plot(*line, color=COLOURS[name], linewidth=4, alpha=0.6, zorder=1)
    for rank, (x, y) in enumerate(spots):
        axis.scatter(x, y, s=330, color=paper, edgecolor="C5", linewidth=1.5, zorder=2)
        axis.text(x, y, str(rank), ha="center", va="center", fontsize=11, zorder=3)
    axis.set_title(" x ".join(f"2 {name}" for name in names), fontsize=10)
    axis.set_aspect("equal")
    axis.margins(0.2)
    axis.axis("off")
handles = [plt.Line2D([], [], color=c, linewidth=4, alpha=0.6) for c in COLOURS.values()]
labels = [f"{name} group" for name in COLOURS]
figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=9)
