import matplotlib.pyplot as plt

from reference_impl.distributed import gpipe, interleaved, one_f_one_b, simulate, zero_bubble

P = 4
KINDS = {
    "GPipe": (gpipe, "C1", "s"),
    "1F1B": (one_f_one_b, "C0", "o"),
    "interleaved, 2": (lambda p, m: interleaved(p, m, 2), "C2", "^"),
    "interleaved, 4": (lambda p, m: interleaved(p, m, 4), "C3", "v"),
    "ZB-H1": (zero_bubble, "C4", "D"),
}
figure, axes = plt.subplots(2, 1, figsize=(4.5, 4.6), sharex=True)
counts = [4, 8, 16, 32, 64]
for name, (build, colour, marker) in KINDS.items():
    timelines = [simulate(build(P, m)) for m in counts]
    style = {"color": colour, "marker": marker, "markersize": 5, "label": name}
    dashed = "--" if name == "1F1B" else "-"
    axes[0].plot(counts, [100 * t.bubble for t in timelines], dashed, **style)
    axes[1].plot(counts, [max(map(t.peak, range(P))) for t in timelines], dashed, **style)
axes[0].set(ylabel="bubble,\n% of the total", ylim=(0, 45))
axes[1].set(ylabel="micro-batches held\nby the fullest rank", xlabel="micro-batches")
axes[1].set_xscale("log", base=2)
axes[1].set_yscale("log", base=2)
axes[1].set_xticks(counts, [str(m) for m in counts])
axes[1].set_yticks(counts, [str(m) for m in counts])
axes[0].legend()
