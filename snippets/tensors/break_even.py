strided, packed = 16, 1  # cache lines for 16 float32 elements, one pass
copy = strided + packed  # lines read, lines written
for passes in range(1, 5):
    print(passes, passes * strided, copy + passes * packed)
#> 1 16 18
#> 2 32 19
#> 3 48 20
#> 4 64 21
