from reference_impl.scaling_laws import REFITTED, plan

best = plan(REFITTED, compute=1e21)
for factor in (0.33, 0.5, 1, 2, 3):
    it = plan(REFITTED, compute=1e21, size=factor * best.size)
    print(f"{factor} x the best size: {it.waste:.0%}")
#> 0.33 x the best size: 35%
#> 0.5 x the best size: 16%
#> 1 x the best size: 0%
#> 2 x the best size: 16%
#> 3 x the best size: 34%
