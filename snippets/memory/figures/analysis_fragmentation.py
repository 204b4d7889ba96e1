import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

from reference_impl.memory import CachingAllocator, ExpandableAllocator

MIB = 2**20


def draw(axis, allocator, requests):
    """Draw which addresses are reserved, and in use, after each request. Return where the last segment ends."""
    live, places, end, now = (
        {},
        {},
        0,
        0,
    )  # block: (address, bytes, since when); segment: its place in the figure
    for now, (action, name, size) in enumerate(requests):
        if action == "malloc":
            live[name] = (allocator.malloc(size * MIB), size * MIB, now)
        else:
            address, nbytes, since = live.pop(name)
            allocator.free(address)
            box(axis, since, now, place(places, address), nbytes, 0.75)
        for segment in allocator.snapshot()["segments"]:
            if (first := segment["address"]) not in places:
                places[first], end = (end, 0), end + segment["total_size"]
            begin, known = places[first]
            if segment["total_size"] > known:
                box(
                    axis,
                    now,
                    len(requests),
                    (begin + known) / MIB,
                    segment["total_size"] - known,
                    0.3,
                )
                places[first] = (begin, segment["total_size"])
                end = max(end, begin + segment["total_size"])
    for address, nbytes, since in live.values():
        box(axis, since, now + 1, place(places, address), nbytes, 0.75)
    return end / MIB


def place(places, address):
    first = max(start for start in places if start <= address)
    return (places[first][0] + address - first) / MIB


def box(axis, left, right, bottom, nbytes, alpha):
    colour = "C0" if alpha > 0.5 else "C1"
    style = {"facecolor": colour, "alpha": alpha, "edgecolor": "none", "linewidth": 0}
    axis.add_patch(Rectangle((left, bottom), right - left, nbytes / MIB * 0.97, **style))


holes = [("malloc", number, 4) for number in range(15)]
holes += [("free", number, 4) for number in range(1, 15, 2)]
growing = [("malloc", 1, 4)]
for step in range(2, 13):
    growing += [("malloc", step, 4 * step), ("free", step - 1, 0)]

figure = plt.figure(figsize=(4.5, 5.0), layout="constrained")
top, left, right = figure.subplot_mosaic("AA;BC", height_ratios=(1, 1.5)).values()
draw(top, CachingAllocator(), holes)
top.annotate("25 MiB has no place", (22.3, 30), ha="left", va="center", fontsize=9, rotation=90)
top.set(xlim=(0, 24), ylim=(0, 64), title="Holes", ylabel="MiB", xlabel="requests")
for axis, make in ((left, CachingAllocator), (right, ExpandableAllocator)):
    draw(axis, make(), growing)
    axis.set(xlim=(0, len(growing)), ylim=(0, 360), xlabel="requests")
left.set(title="A cache that grows", ylabel="MiB")
right.set(title="in expandable segments")
for axis in (top, left, right):
    axis.title.set_fontsize(10)
    axis.spines[["top", "right"]].set_visible(False)
