from reference_impl.scaling_laws import fit_parametric, load_grid

grid = load_grid()
fit_parametric(grid.sizes, grid.tokens, grid.losses, floor=1.7)
#! ValueError: expected a floor below all losses, the least 1.6
