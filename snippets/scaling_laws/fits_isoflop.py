from reference_impl.scaling_laws import fit_parametric, fit_power_law, isoflop_minimum, load_grid

grid = load_grid()
part = grid.where(least_size=2000, least_tokens=2**19)
law = fit_parametric(part.sizes, part.tokens, part.losses, floor=grid.floor)
budgets, best = [3e10, 1e11, 3e11, 6e11], []
for compute in budgets:
    size, loss = isoflop_minimum(*grid.isoflop(compute))
    best.append(size)
    print(f"{compute:.0e}: best size {size:.0f}, the law says {law.optimum(compute)[0]:.0f}")
#> 3e+10: best size 5079, the law says 6274
#> 1e+11: best size 11602, the law says 12060
#> 3e+11: best size 20446, the law says 21892
#> 6e+11: best size 28206, the law says 31892
print(f"best size grows as C^{fit_power_law(budgets, best).exponent:.2f}")
#> best size grows as C^0.57
without_first = fit_power_law(budgets[1:], best[1:]).exponent
print(f"without the first: C^{without_first:.2f}")
#> without the first: C^0.50
