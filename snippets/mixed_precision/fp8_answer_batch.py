from reference_impl.mixed_precision import Fp8Recipe, fp8_run

for seed in range(3):
    exact, without = fp8_run(None, seed), fp8_run(Fp8Recipe("none"), seed)
    gap = sum(without[-10:]) / 10 - sum(exact[-10:]) / 10
    print(abs(gap) < 0.02)
#> True
#> True
#> True
