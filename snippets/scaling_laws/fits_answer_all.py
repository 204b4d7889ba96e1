from reference_impl.scaling_laws import fit_parametric, load_grid

for least_size, least_power in ((0, 16), (0, 19), (2000, 16), (2000, 18), (2000, 19), (2000, 20)):
    grid = load_grid().where(least_size, 2**least_power)
    law = fit_parametric(grid.sizes, grid.tokens, grid.losses, grid.floor)
    print(least_size, f"2^{least_power}: size exponent {law.size_exponent:.2f}")
#> 0 2^16: size exponent 0.39
#> 0 2^19: size exponent 0.63
#> 2000 2^16: size exponent 0.25
#> 2000 2^18: size exponent 0.49
#> 2000 2^19: size exponent 0.54
#> 2000 2^20: size exponent 0.52
