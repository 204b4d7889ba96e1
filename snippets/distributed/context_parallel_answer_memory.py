length, ranks, layers, dim = 1_000_000, 8, 32, 4096

# One tensor of (length, dim) in bfloat16 for each layer: what the backward pass needs at the least.
print(
    f"{length * dim * layers * 2 / 1e9:.0f} GB on one, {length * dim * layers * 2 / ranks / 1e9:.0f} GB on each"
)
#> 262 GB on one, 33 GB on each
# Keys and values of one layer, gathered whole, or one block on its way.
print(
    f"{2 * length * dim * 2 / 1e9:.1f} GB gathered, {2 * length * dim * 2 / ranks / 1e9:.1f} GB in a ring"
)
#> 16.4 GB gathered, 2.0 GB in a ring
