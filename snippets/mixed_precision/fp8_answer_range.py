from reference_impl.mixed_precision import float_format

for name in ("e4m3", "e5m2", "e2m1"):
    fmt = float_format(name)
    print(f"{name}: {fmt.max / fmt.smallest_normal:.0f}, {fmt.max / fmt.smallest:.0f}")
#> e4m3: 28672, 229376
#> e5m2: 939524096, 3758096384
#> e2m1: 6, 12
