from itertools import product

from reference_impl.distributed import Times, gpipe, one_f_one_b, simulate

for build, forward in product((gpipe, one_f_one_b), (0.5, 1.0, 3.0)):
    same = []
    for p, m in product((1, 2, 4, 7), (1, 2, 8, 13)):
        timeline = simulate(build(p, m), Times(forward=forward))
        same.append(abs(timeline.bubble - (p - 1) / (m + p - 1)) < 1e-12)
        same.append(abs(timeline.bubble_of_ideal - (p - 1) / m) < 1e-12)
    print(build.__name__, forward, all(same), len(same))
#> gpipe 0.5 True 32
#> gpipe 1.0 True 32
#> gpipe 3.0 True 32
#> one_f_one_b 0.5 True 32
#> one_f_one_b 1.0 True 32
#> one_f_one_b 3.0 True 32
