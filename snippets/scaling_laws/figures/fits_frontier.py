import matplotlib.pyplot as plt
import numpy as np

from reference_impl.scaling_laws import fit_parametric, load_grid

grid = load_grid()
part = grid.where(least_size=2000, least_tokens=2**19)
law = fit_parametric(part.sizes, part.tokens, part.losses, floor=grid.floor)
figure, axis = plt.subplots(figsize=(4.5, 3.6), layout="constrained")
for dim, colour in zip(sorted(set(grid.dims)), ["C5", "C1", "C3", "C4", "C2", "C0", "C0"]):
    mine = grid.dims == dim
    compute = 6.0 * grid.sizes[mine] * grid.tokens[mine]
    dashed = "--" if dim == 96 else "-"
    axis.plot(
        compute, grid.losses[mine], color=colour, linestyle=dashed, linewidth=1.2, label=f"{dim}"
    )
compute = np.geomspace(1e10, 5e12, 50)
text = plt.rcParams["text.color"]
frontier = [law(*law.optimum(c)) for c in compute]
axis.plot(compute, frontier, color=text, linewidth=2, label="fitted frontier")
axis.axhline(grid.floor, color=text, linestyle=":", linewidth=1.2)
axis.text(8e8, grid.floor + 0.01, "entropy of the language", fontsize=9, va="bottom")
axis.set(xscale="log", xlabel="compute 6ND, operations", ylabel="loss, nats a token")
small = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
axis.set_xticks(
    [10.0**k for k in range(9, 13)], [f"10{str(k).translate(small)}" for k in range(9, 13)]
)
axis.set_xticks([], minor=True)
axis.set(ylim=(1.55, 2.8), xlim=(5e8, 6e12))
axis.legend(title="width", fontsize=9, title_fontsize=9, ncols=3, loc="upper right")
