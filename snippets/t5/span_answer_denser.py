from reference_impl.t5 import raw_length, span_lengths

for density, mean_span in ((0.15, 3.0), (0.15, 10.0), (0.5, 3.0)):
    length = raw_length(512, density, mean_span)
    print(density, mean_span, length, span_lengths(length, density, mean_span))
#> 0.15 3.0 568 (512, 114)
#> 0.15 10.0 591 (512, 99)
#> 0.5 3.0 767 (512, 513)
