def megabytes(tokens, dim, ranks, choices=1, bytes_per_number=2):
    leave = tokens * choices * (ranks - 1) / ranks
    return 2 * leave * dim * bytes_per_number / 1e6  # there and back


print(megabytes(tokens=8192, dim=4096, ranks=8))
#> 117.440512
print(megabytes(tokens=8192, dim=4096, ranks=8, choices=2))
#> 234.881024
print(megabytes(tokens=8192, dim=4096, ranks=64))
#> 132.120576
