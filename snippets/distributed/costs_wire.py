from reference_impl.distributed import Wire

wire = Wire(latency=5e-6, bandwidth=50e9)  # an assumed latency; 400 Gb/s
for kilobytes in (10, 1_000, 100_000):
    for ranks in (8, 1024):
        ring, tree = (
            wire.seconds(kind, 1000 * kilobytes, ranks) for kind in ("all-reduce", "tree")
        )
        print(f"{kilobytes:>6} kB on {ranks:>4} ranks: ring / tree = {ring / tree:.2f}")
#>     10 kB on    8 ranks: ring / tree = 2.25
#>     10 kB on 1024 ranks: ring / tree = 98.37
#>   1000 kB on    8 ranks: ring / tree = 0.70
#>   1000 kB on 1024 ranks: ring / tree = 20.54
#> 100000 kB on    8 ranks: ring / tree = 0.30
#> 100000 kB on 1024 ranks: ring / tree = 0.35
