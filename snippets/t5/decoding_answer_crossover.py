from reference_impl.attention import cache_bytes

sizes = {"layers": 24, "kv_heads": 16, "head_dim": 64, "bytes_per_number": 2}  # t5-large
for source, target, beams in ((512, 64, 1), (512, 64, 8), (64, 512, 8)):
    print(
        source,
        target,
        beams,
        cache_bytes(length=source, **sizes) > cache_bytes(length=target, batch=beams, **sizes),
    )
#> 512 64 1 True
#> 512 64 8 False
#> 64 512 8 False
