from reference_impl.distributed import Times, simulate, zero_bubble

p, m = 4, 12
for times in (Times(), Times(2.0, 2.0, 1.0), Times(1.0, 1.5, 0.5), Times(1.0, 2.0, 2.0)):
    timeline = simulate(zero_bubble(p, m), times)
    formula = (p - 1) * (times.forward + times.input_grad - times.weight_grad)
    print(timeline.total - timeline.ideal, formula)
#> 3.0 3.0
#> 9.0 9.0
#> 6.0 6.0
#> 6.0 3.0
