from reference_impl.scaling_laws import load_grid

grid = load_grid()  # small GPTs, trained and recorded
print("weights", *grid.sizes[grid.tokens == 2**21])
#> weights 1536 6144 13824 24576 55296 98304 221184
for tokens in (2**17, 2**19, 2**21):
    row = grid.tokens == tokens
    print(tokens, "tokens", *grid.excess[row].round(2))
#> 131072 tokens 0.78 0.7 0.69 0.68 0.67 0.65 0.64
#> 524288 tokens 0.7 0.46 0.37 0.34 0.29 0.26 0.24
#> 2097152 tokens 0.56 0.28 0.17 0.13 0.1 0.09 0.07
