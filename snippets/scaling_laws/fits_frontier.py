from reference_impl.scaling_laws import fit_parametric, load_grid, plan

grid = load_grid().where(least_size=2000, least_tokens=2**19)
law = fit_parametric(grid.sizes, grid.tokens, grid.losses, floor=grid.floor)
for compute in (3e10, 3e11, 3e12):
    it = plan(law, compute=compute)
    print(
        f"{compute:.0e}: {it.size:.0f} weights, {it.tokens / it.size:.0f} tokens for each, ", end=""
    )
    print(f"{it.loss - law.floor:.2f} above the floor")
#> 3e+10: 6274 weights, 127 tokens for each, 0.37 above the floor
#> 3e+11: 21892 weights, 104 tokens for each, 0.13 above the floor
#> 3e+12: 76392 weights, 86 tokens for each, 0.05 above the floor
