from reference_impl.distributed import gpipe, one_f_one_b, simulate

for m in (2, 4, 8, 64):
    peaks = []
    for schedule in (gpipe(4, m), one_f_one_b(4, m)):
        timeline = simulate(schedule)
        peaks.append([int(timeline.peak(rank)) for rank in range(4)])
    print(m, *peaks, peaks[1] == [min(m, 4 - i) for i in range(4)])
#> 2 [2, 2, 2, 2] [2, 2, 2, 1] True
#> 4 [4, 4, 4, 4] [4, 3, 2, 1] True
#> 8 [8, 8, 8, 8] [4, 3, 2, 1] True
#> 64 [64, 64, 64, 64] [4, 3, 2, 1] True
