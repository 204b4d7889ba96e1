from reference_impl.scaling_laws import fit_parametric, load_grid

for least_size, least_power in ((2000, 18), (2000, 19), (2000, 20), (8000, 19)):
    grid = load_grid().where(least_size, 2**least_power)
    law = fit_parametric(grid.sizes, grid.tokens, grid.losses)
    print(f"from {least_size} weights, 2^{least_power} tokens: floor {law.floor:.2f}")
#> from 2000 weights, 2^18 tokens: floor 1.56
#> from 2000 weights, 2^19 tokens: floor 1.60
#> from 2000 weights, 2^20 tokens: floor 1.57
#> from 8000 weights, 2^19 tokens: floor 1.52
