mean = square = 0.0
for n in range(1, 1751):
    mean = 0.9 * mean + 0.1 * 1.0  # the gradient is 1 in each step
    square = 0.999 * square + 0.001 * 1.0
    if n in (1, 12, 100, 1750):
        print(n, round(mean / square**0.5, 1))
#> 1 3.2
#> 12 6.6
#> 100 3.2
#> 1750 1.1
