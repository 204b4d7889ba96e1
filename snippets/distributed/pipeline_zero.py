from reference_impl.distributed import one_f_one_b, simulate, zero_bubble

for schedule in (one_f_one_b(4, 8), zero_bubble(4, 8)):
    timeline = simulate(schedule)
    peaks = [int(timeline.peak(rank)) for rank in range(4)]
    print(schedule.name, timeline.total - timeline.ideal, peaks)
#> 1F1B 9.0 [4, 3, 2, 1]
#> zero bubble, ZB-H1 3.0 [4, 4, 4, 4]
print(simulate(zero_bubble(3, 4)).text())
#> 0  F0 F1 F2 .  .  B0 W0 F3 B1 W1 B2 W2 B3 W3
#> 1  .  F0 F1 .  B0 F2 B1 W0 F3 B2 W1 B3 W2 W3
#> 2  .  .  F0 B0 F1 B1 F2 B2 W0 F3 B3 W1 W2 W3
