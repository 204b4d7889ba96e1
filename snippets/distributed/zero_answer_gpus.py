from reference_impl.distributed import zero_bytes

numel, memory = 70_000_000_000, 80e9
for stage in (1, 2, 3):
    for ranks in (8, 64, 512):
        parts = zero_bytes(numel, stage, ranks, parameter=2, gradient=2, optimizer=12)
        print(f"stage {stage}, {ranks:3} ranks: {sum(parts.values()) / memory:5.2f} of a GPU")
#> stage 1,   8 ranks:  4.81 of a GPU
#> stage 1,  64 ranks:  3.66 of a GPU
#> stage 1, 512 ranks:  3.52 of a GPU
#> stage 2,   8 ranks:  3.28 of a GPU
#> stage 2,  64 ranks:  1.94 of a GPU
#> stage 2, 512 ranks:  1.77 of a GPU
#> stage 3,   8 ranks:  1.75 of a GPU
#> stage 3,  64 ranks:  0.22 of a GPU
#> stage 3, 512 ranks:  0.03 of a GPU
