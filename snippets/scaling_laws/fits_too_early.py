from reference_impl.scaling_laws import fit_parametric, load_grid

grid = load_grid()
early = grid.tokens <= 2**18
law = fit_parametric(grid.sizes[early], grid.tokens[early], grid.losses[early])
print(f"floor {law.floor:.1f}, where it is {grid.floor:.2f}")
#> floor 0.0, where it is 1.62
row = (grid.dims == 64) & (grid.tokens == 2**22)
loss = law(grid.sizes[row].item(), grid.tokens[row].item())
print(f"predicted {loss:.2f}, trained {grid.losses[row].item():.2f}")
#> predicted 1.90, trained 1.68
