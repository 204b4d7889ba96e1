from reference_impl.scaling_laws import load_grid

grid = load_grid()
for dim in (8, 32, 96):
    mine = grid.dims == dim
    print("width", dim, *grid.excess[mine].round(2))
#> width 8 0.88 0.78 0.73 0.7 0.65 0.56 0.51 0.48
#> width 32 0.72 0.68 0.53 0.34 0.22 0.13 0.1 0.08
#> width 96 0.7 0.64 0.43 0.24 0.13 0.07
