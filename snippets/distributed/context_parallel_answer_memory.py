length, ranks, layers, dim = 1_000_000, 8, 32, 4096
one = length * dim * 2 / 1e9  # GB of one tensor of (length, dim) in bfloat16

# One of them for each layer: what the backward pass needs at the least.
print(f"{layers * one:.0f} GB on one device, {layers * one / ranks:.0f} GB on each of {ranks}")
#> 262 GB on one device, 33 GB on each of 8
# Keys and values of one layer, gathered whole, or one block on its way.
print(f"{2 * one:.1f} GB gathered, {2 * one / ranks:.1f} GB in a ring")
#> 16.4 GB gathered, 2.0 GB in a ring
