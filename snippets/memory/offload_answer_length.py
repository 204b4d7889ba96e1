RATE, LINK = 989.4e12, 64e9
for dim in (768, 4096, 12288):
    length = (32 * dim * RATE / LINK - 24 * dim**2) / (2 * dim)
    print(f"{dim:6,} {round(length):8,}")
#>    768  238,134
#>  4,096  198,198
#> 12,288   99,894
