from reference_impl.attention import cache_bytes

for kv_heads in (32, 8, 1):
    sizes = {"layers": 32, "kv_heads": kv_heads, "length": 8192}
    half = cache_bytes(**sizes, head_dim=128, bytes_per_number=2)
    int8 = cache_bytes(**sizes, head_dim=128 + 4, bytes_per_number=1)  # 4 for each scale
    print(kv_heads, half / 2**20, "MiB in 16 bits,", int8 / 2**20, "in 8")
#> 32 4096.0 MiB in 16 bits, 2112.0 in 8
#> 8 1024.0 MiB in 16 bits, 528.0 in 8
#> 1 128.0 MiB in 16 bits, 66.0 in 8
