from reference_impl.attention import cache_bytes

for name, kv_heads in (("32 key-value heads", 32), ("8", 8), ("1", 1)):
    total = cache_bytes(layers=32, kv_heads=kv_heads, head_dim=128, length=8192, batch=16)
    print(name, total / 2**30, "GiB")
#> 32 key-value heads 64.0 GiB
#> 8 16.0 GiB
#> 1 2.0 GiB
