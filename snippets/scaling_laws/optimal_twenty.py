from reference_impl.scaling_laws import HOFFMANN, REFITTED

for compute in (1e20, 5.76e23, 1e26):
    for name, law in {"as printed": HOFFMANN, "refitted": REFITTED}.items():
        size, tokens = law.optimum(compute)
        print(f"{compute:.0e} {name}: {size:.1e} parameters, {tokens / size:.0f} tokens for each")
#> 1e+20 as printed: 6.4e+08 parameters, 40 tokens for each
#> 1e+20 refitted: 8.5e+08 parameters, 23 tokens for each
#> 6e+23 as printed: 3.2e+10 parameters, 93 tokens for each
#> 6e+23 refitted: 7.2e+10 parameters, 18 tokens for each
#> 1e+26 as printed: 3.3e+11 parameters, 153 tokens for each
#> 1e+26 refitted: 1.0e+12 parameters, 16 tokens for each
