from reference_impl.distributed import interleaved, simulate

p = 4
for v in (1, 2, 4, 8):
    ratio = simulate(interleaved(p, 32, v)).peak(0) / p
    print(v, round(ratio, 3), round(1 + (p - 1) / (p * v), 3))
#> 1 1.75 1.75
#> 2 1.375 1.375
#> 4 1.188 1.188
#> 8 1.094 1.094
