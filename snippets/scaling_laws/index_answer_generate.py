N = 7e9
trained, written = 6 * N * 140e9, 2 * N
print(f"{trained / written:.1e} tokens")
#> 4.2e+11 tokens
