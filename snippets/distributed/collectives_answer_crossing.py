import math

latency, bandwidth, size = 10e-6, 10e9, 64  # s a message, bytes a s, ranks


def ring(length):
    return 2 * (size - 1) * latency + 2 * (size - 1) / size * length / bandwidth


def tree(length):
    return 2 * math.log2(size) * (latency + length / bandwidth)


for length in (1e3, 1e6, 1e9):
    print(f"{length:.0e} bytes: the {'ring' if ring(length) < tree(length) else 'tree'}")
#> 1e+03 bytes: the tree
#> 1e+06 bytes: the tree
#> 1e+09 bytes: the ring
