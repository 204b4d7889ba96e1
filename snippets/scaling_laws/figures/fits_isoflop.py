import matplotlib.pyplot as plt
import numpy as np

from reference_impl.scaling_laws import fit_parametric, isoflop_minimum, load_grid

grid = load_grid()
part = grid.where(least_size=2000, least_tokens=2**19)
law = fit_parametric(part.sizes, part.tokens, part.losses, floor=grid.floor)
figure, axis = plt.subplots(figsize=(4.5, 3.6), layout="constrained")
budgets = [3e10, 1e11, 3e11, 6e11]
names = ["3 · 10¹⁰", "1 · 10¹¹", "3 · 10¹¹", "6 · 10¹¹"]
for compute, name, colour in zip(budgets, names, ["C1", "C3", "C2", "C0"], strict=True):
    sizes, losses = grid.isoflop(compute)
    axis.plot(sizes, losses - grid.floor, "o", color=colour, markersize=4, label=name)
    fine = np.geomspace(sizes[0], sizes[-1], 60)
    fine = fine[compute / 6 / fine >= 2**19]
    axis.plot(fine, [law(n, compute / 6 / n) - grid.floor for n in fine], color=colour, linewidth=1)
    size, loss = isoflop_minimum(sizes, losses)
    axis.plot(size, loss - grid.floor, "D", color=colour, markersize=7, fillstyle="none")
axis.set(xscale="log", yscale="log", xlabel="size N, weights", ylabel="loss above the floor, nats")
axis.set_yticks([0.05, 0.1, 0.2, 0.5], ["0.05", "0.1", "0.2", "0.5"])
axis.set_yticks([], minor=True)
small = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
axis.set_xticks(
    [10.0**k for k in range(4, 6)], [f"10{str(k).translate(small)}" for k in range(4, 6)]
)
axis.set_xticks([], minor=True)
axis.set(ylim=(0.055, 0.9))
axis.legend(title="compute 6ND", fontsize=9, title_fontsize=9, ncols=2, loc="lower left")
