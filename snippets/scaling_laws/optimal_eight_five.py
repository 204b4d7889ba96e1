from reference_impl.scaling_laws import kaplan_loss

exponent = 0.076 / 0.103  # Kaplan's two powers: of the size, and of the text
print(f"D grows as N ** {exponent:.2f}: 8 times the model, {8**0.74:.2f} times the text")
#> D grows as N ** 0.74: 8 times the model, 4.66 times the text
N, D = 100e6, 5e9
for n, d in ((N, D), (8 * N, D), (8 * N, 8**exponent * D), (8 * N, 8 * D)):
    gap = kaplan_loss(n, d) / kaplan_loss(n, 1e30) - 1
    print(f"{n / N:.0f} x model, {d / D:.1f} x text: {gap:.2%} above endless text")
#> 1 x model, 1.0 x text: 1.78% above endless text
#> 8 x model, 1.0 x text: 6.65% above endless text
#> 8 x model, 4.6 x text: 1.78% above endless text
#> 8 x model, 8.0 x text: 1.07% above endless text
