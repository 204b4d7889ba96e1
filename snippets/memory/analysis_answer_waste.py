from reference_impl.memory import CachingAllocator

MIB = 2**20
for size in (2, 5, 6, 7, 9, 10, 11, 25):
    gpu = CachingAllocator()
    for _ in range(12):
        gpu.malloc(size * MIB)
    print(
        f"{size:2} MiB: {gpu.reserved // MIB} reserved, {gpu.inactive_split // MIB} of it in rests"
    )
#>  2 MiB: 40 reserved, 16 of it in rests
#>  5 MiB: 60 reserved, 0 of it in rests
#>  6 MiB: 80 reserved, 8 of it in rests
#>  7 MiB: 120 reserved, 36 of it in rests
#>  9 MiB: 120 reserved, 12 of it in rests
#> 10 MiB: 120 reserved, 0 of it in rests
#> 11 MiB: 144 reserved, 0 of it in rests
#> 25 MiB: 312 reserved, 0 of it in rests
