from reference_impl.distributed import zero_bytes

print("stage  mixed  float32")
#> stage  mixed  float32
for stage in range(4):
    mixed = zero_bytes(7_500_000_000, stage, 64, parameter=2, gradient=2, optimizer=12)
    single = zero_bytes(7_500_000_000, stage, 64)
    print(f"{stage}     {sum(mixed.values()) / 1e9:6.1f}  {sum(single.values()) / 1e9:6.1f} GB")
#> 0      120.0   120.0 GB
#> 1       31.4    60.9 GB
#> 2       16.6    31.4 GB
#> 3        1.9     1.9 GB
