from reference_impl.distributed import gpipe, one_f_one_b, simulate

for schedule in (gpipe(3, 4), one_f_one_b(3, 4)):
    timeline = simulate(schedule)
    print(f"{schedule.name}: {timeline.total:g}, waiting {timeline.bubble:.1%}")
    print(timeline.text())
#> GPipe: 18, waiting 33.3%
#> 0  F0 F1 F2 F3 .  .  .  .  .  .  B0 B0 B1 B1 B2 B2 B3 B3
#> 1  .  F0 F1 F2 F3 .  .  .  B0 B0 B1 B1 B2 B2 B3 B3 .  .
#> 2  .  .  F0 F1 F2 F3 B0 B0 B1 B1 B2 B2 B3 B3 .  .  .  .
#> 1F1B: 18, waiting 33.3%
#> 0  F0 F1 F2 .  .  .  .  B0 B0 F3 B1 B1 .  B2 B2 .  B3 B3
#> 1  .  F0 F1 .  .  B0 B0 F2 B1 B1 F3 B2 B2 .  B3 B3 .  .
#> 2  .  .  F0 B0 B0 F1 B1 B1 F2 B2 B2 F3 B3 B3 .  .  .  .
