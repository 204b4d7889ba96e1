import math

for beta in (0.5, 0.9, 0.99, 0.999, 0.9999):
    exact = math.log(0.5) / math.log(beta)
    print(beta, round(exact, 1), round(0.693 / (1 - beta), 1))
#> 0.5 1.0 1.4
#> 0.9 6.6 6.9
#> 0.99 69.0 69.3
#> 0.999 692.8 693.0
#> 0.9999 6931.1 6930.0
