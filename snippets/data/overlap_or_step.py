from reference_impl.data import window_spans

overlap_of_2 = window_spans(length=12, capacity=6, overlap=2)
step_of_2 = window_spans(length=12, capacity=6, overlap=6 - 2)

print(overlap_of_2)
#> [(0, 6), (4, 10), (8, 12)]
print(step_of_2)
#> [(0, 6), (2, 8), (4, 10), (6, 12)]
