from reference_impl.position_embeddings.rotary_scaling import DynamicNTKScaling, frequencies

scaling = DynamicNTKScaling(2.0, original_length=4096)
for length in (100, 4096, 8192, 16_384):
    slowest = frequencies(128)[-1] / scaling.frequencies(128, 10_000.0, length)[-1]
    print(length, round(slowest.item(), 2))
#> 100 1.0
#> 4096 1.0
#> 8192 3.0
#> 16384 7.0
