from reference_impl.distributed import gpipe, one_f_one_b, simulate

for schedule in (gpipe(4, 4), one_f_one_b(4, 60)):
    timeline = simulate(schedule)
    print(schedule.name, timeline.peak(0), f"{timeline.bubble:.1%}")
#> GPipe 4.0 42.9%
#> 1F1B 4.0 4.8%
