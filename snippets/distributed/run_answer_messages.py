from reference_impl.distributed import gpipe, interleaved, one_f_one_b, zero_bubble

for schedule in (gpipe(4, 8), one_f_one_b(4, 8), interleaved(4, 8, 2), zero_bubble(4, 8)):
    messages = 0
    for rank, order in enumerate(schedule.orders):
        for action in order:
            messages += sum(source != rank for source, _ in schedule.needs(rank, action))
    print(schedule.name, messages, messages == 2 * (schedule.stages - 1) * 8)
#> GPipe 48 True
#> 1F1B 48 True
#> interleaved 1F1B, 2 chunks 112 True
#> zero bubble, ZB-H1 48 True
