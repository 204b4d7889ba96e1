from reference_impl.distributed import one_f_one_b, simulate

for m in (62, 63):
    timeline = simulate(one_f_one_b(8, m))
    print(m, f"{timeline.bubble:.2%} {timeline.bubble_of_ideal:.2%}")
#> 62 10.14% 11.29%
#> 63 10.00% 11.11%
