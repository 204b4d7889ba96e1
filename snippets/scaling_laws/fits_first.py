from reference_impl.scaling_laws import fit_parametric, load_grid

grid = load_grid().where(least_size=2000, least_tokens=2**19)
law = fit_parametric(grid.sizes, grid.tokens, grid.losses, floor=grid.floor)
print(f"L = {law.floor:.3f} + {law.a:.0f} / N^{law.alpha:.2f} + {law.b:.1e} / D^{law.beta:.2f}")
#> L = 1.624 + 274 / N^0.82 + 1.0e+05 / D^0.98
print(f"best size grows as C^{law.size_exponent:.2f}")
#> best size grows as C^0.54
errors = [law(n, d) / loss - 1 for n, d, loss in zip(grid.sizes, grid.tokens, grid.losses)]
print(f"{len(errors)} runs, the worst is {max(map(abs, errors)):.1%} off")
#> 26 runs, the worst is 1.2% off
