from reference_impl.scaling_laws import fit_parametric, load_grid

grid = load_grid().where(least_size=2000, least_tokens=2**19)
for delta in (0.001, 0.01, 0.1):
    law = fit_parametric(grid.sizes, grid.tokens, grid.losses, grid.floor, delta=delta)
    print(delta, f"{law.size_exponent:.2f}")
#> 0.001 0.54
#> 0.01 0.56
#> 0.1 0.56
