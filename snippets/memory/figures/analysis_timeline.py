import matplotlib.pyplot as plt

from reference_impl.memory import read_snapshot, recorded_memory, replay

part = recorded_memory("training")
snapshot = read_snapshot(part["snapshot"])
again = replay(snapshot)
line = snapshot.timeline()
marks = snapshot.marks()[: len(snapshot.about["marks"])]

figure, axis = plt.subplots(figsize=(4.5, 3.2), layout="constrained")
EVERY = 6  # events to a point, of which the highest is drawn
for values, colour, alpha in ((again.reserved, "C1", 0.3), (line, "C0", 0.75)):
    highest = [max(values[at : at + EVERY]) / 1e6 for at in range(0, len(values), EVERY)]
    places = range(0, len(values), EVERY)
    axis.fill_between(places, highest, color=colour, alpha=alpha, lw=0)
top = max(again.reserved) / 1e6
begin = 0
for name, end in zip(snapshot.about["marks"], marks, strict=True):
    axis.axvline(end, color=plt.rcParams["text.color"], lw=0.4)
    if name not in ("model", "zero_grad 1", "zero_grad 2"):
        axis.text((begin + end) / 2, top * 1.03, name, ha="left", fontsize=9, rotation=35)
    begin = end
axis.set(xlim=(0, marks[-1]), ylim=(0, top * 1.02), xlabel="events of the allocator", ylabel="MB")
axis.spines[["top", "right"]].set_visible(False)
