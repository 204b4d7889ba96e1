from reference_impl.memory import block_size, segment_size

for nbytes in (4, 513, 2**20, 2**20 + 1, 5_000_000, 10 * 2**20, 25_000_000):
    block = block_size(nbytes)
    print(f"{nbytes:10,} {block:10,}  of {segment_size(block) >> 20} MiB")
#>          4        512  of 2 MiB
#>        513      1,024  of 2 MiB
#>  1,048,576  1,048,576  of 2 MiB
#>  1,048,577  1,049,088  of 20 MiB
#>  5,000,000  5,000,192  of 20 MiB
#> 10,485,760 10,485,760  of 10 MiB
#> 25,000,000 25,000,448  of 24 MiB
