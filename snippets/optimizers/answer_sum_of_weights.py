beta = 0.9
weights = [(1 - beta) * beta**age for age in range(7)]
print(round(sum(weights), 4), round(1 - beta**7, 4))
#> 0.5217 0.5217
