for a in (0.73, 0.5):
    print(f"{1000**a:.0f} x model, {1000 ** (1 - a):.0f} x text")
#> 155 x model, 6 x text
#> 32 x model, 32 x text
