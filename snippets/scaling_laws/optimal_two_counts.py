import numpy as np

from reference_impl.scaling_laws import REFITTED, fit_power_law

width = np.geomspace(16, 2048, 300)  # a family of GPTs, 64 times as wide as deep
blocks = 12 * width**3 / 64
total = blocks + 50_257 * width
sizes = {"all counted": total, "blocks only": blocks}
for name, counted in sizes.items():
    budgets, best = np.geomspace(1e15, 1e19, 9), []
    for compute in budgets:
        tokens = compute / 6 / counted
        loss = [REFITTED(n, d) for n, d in zip(total, tokens, strict=True)]
        best.append(counted[np.argmin(loss)])
    print(f"{name}: N grows as C ** {fit_power_law(budgets, best).exponent:.2f}")
#> all counted: N grows as C ** 0.51
#> blocks only: N grows as C ** 0.87
