from reference_impl.memory import plan_segments


def lengths(kept, blocks, budget=None):
    plan = plan_segments([kept] * blocks, [1] * blocks, budget=budget)
    again = [s.stop - s.start for s in plan.segments if s.recompute]
    return f"at most {plan.peak}, {again} run again"


print("layers:", lengths(kept=1, blocks=64))
#> layers: at most 11, [11, 10, 9, 8, 7, 6, 5, 4, 2] run again
print("blocks:", lengths(kept=16, blocks=12))
#> blocks: at most 27, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] run again
for budget in (40, 80, 120, 160, 192):
    print(f"budget {budget}:", lengths(16, 12, budget))
#> budget 40: at most 37, [2, 2, 2, 2, 2] run again
#> budget 80: at most 66, [4, 4] run again
#> budget 120: at most 113, [5] run again
#> budget 160: at most 145, [3] run again
#> budget 192: at most 192, [] run again
