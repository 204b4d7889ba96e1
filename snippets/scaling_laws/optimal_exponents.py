from reference_impl.scaling_laws import HOFFMANN, REFITTED

sizes = {
    "Kaplan": 0.73,
    "Hoffmann, third approach, as printed": HOFFMANN.size_exponent,
    "refitted": REFITTED.size_exponent,
}
for name, a in sizes.items():
    print(f"{name}: 10 x compute is {10**a:.1f} x model and {10 ** (1 - a):.1f} x text")
#> Kaplan: 10 x compute is 5.4 x model and 1.9 x text
#> Hoffmann, third approach, as printed: 10 x compute is 2.8 x model and 3.5 x text
#> refitted: 10 x compute is 3.3 x model and 3.1 x text
