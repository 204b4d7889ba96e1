import matplotlib.pyplot as plt

from reference_impl.scaling_laws import Language, fit_parametric, load_grid

grid = load_grid()
part = grid.where(least_size=2000, least_tokens=2**19)
law = fit_parametric(part.sizes, part.tokens, part.losses, floor=grid.floor)
figure, axis = plt.subplots(figsize=(4.5, 3.8), layout="constrained")
for dim, colour in zip(sorted(set(grid.dims)), ["C5", "C1", "C3", "C4", "C2", "C0", "C0"]):
    mine = grid.dims == dim
    dashed = "--" if dim == 96 else "-"
    axis.plot(
        grid.tokens[mine],
        grid.excess[mine],
        "o",
        linestyle=dashed,
        color=colour,
        markersize=3.5,
        linewidth=1.3,
        label=f"{dim}",
    )
text = plt.rcParams["text.color"]
for known in (1, 2):
    height = Language().entropies()[known] - grid.floor
    axis.axhline(height, color=text, linestyle=":", linewidth=1.2)
    words = f"{known} token{'s' if known > 1 else ''} known"
    place, side = ((8.6e6, "right"), (5.6e4, "left"))[known - 1]
    axis.text(place, height * 1.03, words, fontsize=9, va="bottom", ha=side)
axis.set(xscale="log", yscale="log", xlabel="tokens D", ylabel="loss above the floor, nats")
axis.set_yticks([0.05, 0.1, 0.2, 0.5, 1], ["0.05", "0.1", "0.2", "0.5", "1"])
axis.set_yticks([], minor=True)
small = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
axis.set_xticks(
    [10.0**k for k in range(5, 8)], [f"10{str(k).translate(small)}" for k in range(5, 8)]
)
axis.set_xticks([], minor=True)
axis.set(ylim=(0.04, 1.1), xlim=(5e4, 1e7))
axis.legend(title="width", fontsize=9, title_fontsize=9, loc="lower left", ncols=2)
