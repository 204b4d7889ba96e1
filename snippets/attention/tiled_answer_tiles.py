def tiles(length, block):
    n = -(-length // block)
    return n * (n + 1) // 2, n * n


for length in (64, 512, 4096):
    kept, total = tiles(length, 64)
    print(length, kept, total, round(kept / total, 3))
#> 64 1 1 1.0
#> 512 36 64 0.562
#> 4096 2080 4096 0.508
