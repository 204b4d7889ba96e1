from reference_impl.scaling_laws import bootstrap, fit_parametric, load_grid

n, d, loss = (column := load_grid().where(2000, 2**19)).sizes, column.tokens, column.losses
for name, floor in {"floor known": column.floor, "floor fitted": None}.items():
    law = fit_parametric(n, d, loss, floor)

    def numbers(rows):
        fit = fit_parametric(n[rows], d[rows], loss[rows], floor, start=law)
        return fit.floor, fit.alpha, fit.beta, fit.size_exponent

    found = law.floor, law.alpha, law.beta, law.size_exponent
    print(name)
    for what, value, ends in zip(
        ("E", "alpha", "beta", "size exponent"), found, bootstrap(numbers, len(n), draws=60)
    ):
        print(f"  {what}: {value:.2f} ({ends[0]:.2f} to {ends[1]:.2f})")
#> floor known
#>   E: 1.62 (1.62 to 1.62)
#>   alpha: 0.82 (0.71 to 0.93)
#>   beta: 0.98 (0.85 to 1.08)
#>   size exponent: 0.54 (0.48 to 0.61)
#> floor fitted
#>   E: 1.60 (1.55 to 1.63)
#>   alpha: 0.74 (0.55 to 0.88)
#>   beta: 0.85 (0.71 to 1.05)
#>   size exponent: 0.53 (0.49 to 0.61)
print(f"true E: {column.floor:.2f}")
#> true E: 1.62
