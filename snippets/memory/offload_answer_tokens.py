RATE, LINK = 0.4 * 989.4e12, 64e9
for name, weight in (("float32", 4), ("bfloat16", 2)):
    copies = 2 * weight / LINK  # seconds for a parameter, there and back
    compute = 6 / RATE  # seconds for a parameter and a token
    print(name, round(copies / compute))
#> float32 8245
#> bfloat16 4122
