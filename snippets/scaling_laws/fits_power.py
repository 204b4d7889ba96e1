from reference_impl.scaling_laws import bootstrap, fit_power_law, load_grid

grid = load_grid()
curves = {
    "text, width 64": (grid.dims == 64) & (grid.tokens >= 2**19),
    "size, 2 million tokens": (grid.tokens == 2**21) & (grid.dims >= 16),
}
for name, cells in curves.items():
    x = (grid.tokens if name.startswith("text") else grid.sizes)[cells]
    for floor in (grid.floor, 1.5):
        y = grid.losses[cells] - floor
        fits = bootstrap(lambda rows: [fit_power_law(x[rows], y[rows]).exponent], len(x))
        low, high = fits[0]
        power = fit_power_law(x, y).exponent
        print(f"{name}, floor {floor:.2f}: {power:.2f} ({low:.2f} to {high:.2f})")
#> text, width 64, floor 1.62: -0.71 (-0.94 to -0.55)
#> text, width 64, floor 1.50: -0.36 (-0.57 to -0.20)
#> size, 2 million tokens, floor 1.62: -0.36 (-0.44 to -0.26)
#> size, 2 million tokens, floor 1.50: -0.19 (-0.25 to -0.12)
