from reference_impl.scaling_laws import REFITTED, plan

for size in (70e9, 20e9, 7e9, 2e9):  # a smaller model, for the same compute
    it = plan(REFITTED, compute=5.76e23, size=size)
    print(f"{size / 1e9:.0f}e9: {it.tokens / size:.0f} tokens each, waste {it.waste:.0%}")
#> 70e9: 20 tokens each, waste 0%
#> 20e9: 240 tokens each, waste 43%
#> 7e9: 1959 tokens each, waste 82%
#> 2e9: 24000 tokens each, waste 97%
