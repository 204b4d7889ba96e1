compute = 6 * 175e9 * 300e9  # GPT-3: parameters and tokens of its paper
print(f"{compute:.2e} operations")
#> 3.15e+23 operations
peak, used = 312e12, 0.4  # an A100 in bfloat16, and the share of it that a good run reaches
days = compute / (1024 * peak * used) / 86_400
print(f"{days:.0f} days on 1,024 of them")
#> 29 days on 1,024 of them
