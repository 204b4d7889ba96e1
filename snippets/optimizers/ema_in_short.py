beta = 0.9
average = 0.0
for day, value in enumerate([10.0, 10.0, 10.0, 0.0, 0.0], start=1):
    average = beta * average + (1 - beta) * value
    corrected = average / (1 - beta**day)
    print(day, round(average, 2), round(corrected, 2))
#> 1 1.0 10.0
#> 2 1.9 10.0
#> 3 2.71 10.0
#> 4 2.44 7.09
#> 5 2.2 5.36
