from reference_impl.scaling_laws import fit_parametric, load_grid

grid = load_grid()
train = grid.where(2000, 2**19)
early = (train.tokens <= 2**21) & (train.dims <= 64)
law = fit_parametric(train.sizes[early], train.tokens[early], train.losses[early], grid.floor)
for dim, power in ((32, 22), (64, 22), (96, 21), (32, 23)):
    row = (grid.dims == dim) & (grid.tokens == 2**power)
    n, d, seen = grid.sizes[row].item(), grid.tokens[row].item(), grid.excess[row].item()
    print(
        f"width {dim}, 2^{power} tokens: predicted {law(n, d) - grid.floor:.3f}, trained {seen:.3f}"
    )
#> width 32, 2^22 tokens: predicted 0.115, trained 0.099
#> width 64, 2^22 tokens: predicted 0.060, trained 0.059
#> width 96, 2^21 tokens: predicted 0.071, trained 0.074
#> width 32, 2^23 tokens: predicted 0.103, trained 0.078
