import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
from torch.utils.data import DataLoader, default_collate, get_worker_info

trace = Path(tempfile.mkdtemp()) / "trace.txt"


def note(kind, value):
    worker = get_worker_info()
    with trace.open("a") as file:
        file.write(f"{0 if worker is None else worker.id + 1} {kind} {value}\n")


class Items:
    def __getitem__(self, index):
        note("read", index // 2)
        return index


def waits_for(kind, number):  # two batches are asked for at once, the others when one is back
    before = {"index": "collate", "read": "index", "collate": "read", "use": "collate"}[kind]
    return before, (number - 2 if kind == "index" else number)


loader = DataLoader(
    Items(),
    batch_size=2,
    sampler=(note("index", index // 2) or index for index in range(8)),
    collate_fn=lambda items: note("collate", items[0] // 2) or default_collate(items),
    num_workers=2,
    prefetch_factor=1,
)
for batch in loader:
    note("use", batch[0].item() // 2)

# Each process in its own order; a batch is read after its indices are sent, used after its collate.
lanes = [[], [], []]
for line in trace.read_text().splitlines():
    lane, kind, number = line.split()
    lanes[int(lane)].append((kind, int(number)))
done, column = {("collate", -2): 0, ("collate", -1): 0}, [0, 0, 0]
figure, axes = plt.subplots(figsize=(4.5, 2.9))
colours = {"index": "C0", "read": "C1", "collate": "C2", "use": "C3"}
while any(lanes):
    for lane, calls in enumerate(lanes):
        while calls and (before := waits_for(*calls[0])) in done:
            kind, number = calls.pop(0)
            start = max(column[lane], done[before])
            axes.barh(lane, 0.9, left=start, color=colours[kind], alpha=0.75, height=0.6)
            axes.text(start + 0.45, lane, number, ha="center", va="center", size=9)
            column[lane] = done[kind, number] = start + 1
for kind, colour in colours.items():
    axes.barh(0, 0, color=colour, alpha=0.75, label=kind)
axes.set_yticks(range(3), ["main", "worker 0", "worker 1"])
axes.invert_yaxis()
axes.set(xticks=[], xlabel="order of the calls →")
place = {"loc": "lower center", "bbox_to_anchor": (0.45, 1.0)}
axes.legend(ncols=4, columnspacing=1, handlelength=1, **place)
