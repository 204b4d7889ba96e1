from itertools import product

counts = [split for split in product((1, 2, 4, 8), repeat=3) if split[0] * split[1] * split[2] == 8]
print(len(counts), counts[:4])
#> 10 [(1, 1, 8), (1, 2, 4), (1, 4, 2), (1, 8, 1)]
