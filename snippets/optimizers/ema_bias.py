beta = 0.999
average = 0.0
for n in range(1, 3001):
    average = beta * average + (1 - beta) * 1.0  # the mean of ones should be 1
    if n in (1, 10, 693, 3000):
        print(n, round(average, 3), round(average / (1 - beta**n), 3))
#> 1 0.001 1.0
#> 10 0.01 1.0
#> 693 0.5 1.0
#> 3000 0.95 1.0
