import matplotlib.pyplot as plt
import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Shard, distribute_tensor

from reference_impl.distributed import Piece, local_piece, overlap, run_ranks

ROWS, COLUMNS = 10, 6
CUTS = [
    (2, 0, "saved:\n2 ranks, rows"),
    (4, 0, "loaded:\n4 ranks, rows"),
    (3, 1, "loaded:\n3 ranks, columns"),
]


def pieces(world_size, dim):
    def work(rank):
        full = torch.zeros(ROWS, COLUMNS)
        mesh = init_device_mesh("cpu", (world_size,))
        return tuple(local_piece(distribute_tensor(full, mesh, [Shard(dim)]))[0])

    return [Piece(*found) for found in run_ranks(work, world_size)]


saved = pieces(*CUTS[0][:2])
fig, axes = plt.subplots(1, 3, figsize=(4.5, 2.9))
for ax, (world_size, dim, title) in zip(axes, CUTS, strict=True):
    for rank, wanted in enumerate(pieces(world_size, dim)):
        for file, piece in enumerate(saved):
            shared = overlap(wanted, piece)
            if shared is None:
                continue
            (rows, columns), (top, left) = shared[0], wanted.offset
            width, height = columns.stop - columns.start, rows.stop - rows.start
            corner = (left + columns.start, top + rows.start)
            ax.add_patch(plt.Rectangle(corner, width, height, facecolor=f"C{file}", alpha=0.35))
        (top, left), (height, width) = wanted
        ax.add_patch(
            plt.Rectangle(
                (left, top), width, height, fill=False, edgecolor=plt.rcParams["text.color"], lw=1.5
            )
        )
        ax.text(left + width / 2, top + height / 2, str(rank), ha="center", va="center")
    ax.set(
        xlim=(-0.1, COLUMNS + 0.1), ylim=(ROWS + 0.1, -0.1), xticks=[], yticks=[], aspect="equal"
    )
    ax.set_title(title, fontsize=9)
    for side in ax.spines.values():
        side.set_visible(False)
