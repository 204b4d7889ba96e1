from reference_impl.memory import Segment, chain_peak

blocks, kept = 64, 16
for segments in (4, 8, 16, 32, 64):
    size = blocks // segments
    cut = [Segment(start, start + size, True) for start in range(0, blocks, size)]
    print(segments, chain_peak(cut, [kept] * blocks, [1] * blocks))
#> 4 259
#> 8 135
#> 16 79
#> 32 63
#> 64 79
