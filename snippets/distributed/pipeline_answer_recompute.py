from reference_impl.distributed import Times, gpipe, simulate

plain, again = Times(), Times(input_grad=2.0)
for times in (plain, again):
    timeline = simulate(gpipe(4, 8), times)
    print(timeline.total, f"{timeline.bubble:.1%}")
#> 33.0 27.3%
#> 44.0 27.3%
