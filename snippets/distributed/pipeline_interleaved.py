from reference_impl.distributed import interleaved, one_f_one_b, simulate

p, m = 4, 8
print(simulate(one_f_one_b(p, m)).bubble_of_ideal, (p - 1) / m)
#> 0.375 0.375
for v in (2, 3, 4):
    timeline = simulate(interleaved(p, m, chunks=v))
    exact = abs(timeline.bubble_of_ideal - (p - 1) / (v * m)) < 1e-12
    print(v, exact, f"{timeline.bubble:.1%}", f"{timeline.peak(0):.2f}")
#> 2 True 15.8% 5.50
#> 3 True 11.1% 5.00
#> 4 True 8.6% 4.75
