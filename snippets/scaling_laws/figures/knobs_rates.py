import matplotlib.pyplot as plt

from reference_impl.scaling_laws import recorded

runs = recorded("rates")["runs"]
figure, axes = plt.subplots(1, 2, figsize=(4.5, 3.2), sharey=True, layout="constrained")
for axis, mup in zip(axes, (False, True), strict=True):
    for dim, colour in zip((16, 32, 64, 128), ["C1", "C3", "C2", "C0"], strict=True):
        points = [(r["rate"], r["excess"]) for r in runs if (r["mup"], r["dim"]) == (mup, dim)]
        axis.plot(*zip(*points, strict=True), "-o", color=colour, markersize=3, label=f"{dim}")
        axis.plot(
            *min(points, key=lambda p: p[1]), "o", color=colour, markersize=8, fillstyle="none"
        )
    axis.set(xscale="log", xlabel="learning rate")
    axis.set_xticks([0.004, 0.016, 0.064], ["0.004", "0.016", "0.064"])
    axis.set_xticks([], minor=True)
    axis.set_title("µP" if mup else "one rate for all", fontsize=10)
figure.get_layout_engine().set(wspace=0.12)
axes[0].set_ylabel("loss above the floor, nats")
lines, widths = axes[0].get_legend_handles_labels()
names = [f"width {width}" for width in widths]
figure.legend(lines, names, fontsize=9, loc="outside upper center", ncols=2)
