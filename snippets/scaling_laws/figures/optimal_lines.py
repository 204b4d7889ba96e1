import matplotlib.pyplot as plt
import numpy as np

from reference_impl.scaling_laws import HOFFMANN, REFITTED

compute = np.geomspace(1e18, 1e26, 60)
lines = {
    "Kaplan": 1.3e9 * (compute / 8.64e19) ** 0.73,  # their table 6, in petaflop-days
    "Hoffmann, as printed": [HOFFMANN.optimum(c)[0] for c in compute],
    "refitted": [REFITTED.optimum(c)[0] for c in compute],
}
figure, axis = plt.subplots(figsize=(4.5, 3.4), layout="constrained")
for (name, sizes), style in zip(lines.items(), ["C1-", "C2:", "C0-"], strict=True):
    axis.plot(compute, sizes, style, label=name)
models = {"GPT-3": (175e9, 300e9), "Gopher": (280e9, 300e9), "Chinchilla": (70e9, 1.4e12)}
for name, (size, tokens) in models.items():
    axis.plot(6 * size * tokens, size, "o", color="C4", markersize=5)
    place, side = {"GPT-3": ((-5, -13), "right"), "Gopher": ((6, 4), "left")}.get(
        name, ((6, -12), "left")
    )
    axis.annotate(
        name, (6 * size * tokens, size), place, textcoords="offset points", ha=side, fontsize=9
    )
axis.set(xscale="log", yscale="log", xlabel="compute C, operations", ylabel="best size N")
small = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
axis.set_xticks(
    [10.0**k for k in range(18, 27, 2)], [f"10{str(k).translate(small)}" for k in range(18, 27, 2)]
)
axis.set_xticks([], minor=True)
axis.set_yticks(
    [10.0**k for k in range(7, 14, 2)], [f"10{str(k).translate(small)}" for k in range(7, 14, 2)]
)
axis.set_yticks([], minor=True)
axis.set(ylim=(1e7, 3e13))
axis.legend(fontsize=9, loc="upper left")
