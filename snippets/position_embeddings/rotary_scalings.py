from reference_impl.position_embeddings.rotary_scaling import (
    LinearScaling,
    NTKScaling,
    YaRNScaling,
    frequencies,
)

plain = frequencies(128)
for scaling in (LinearScaling(8.0), NTKScaling(8.0), YaRNScaling(8.0, original_length=4096)):
    slower = plain / scaling.frequencies(128, 10_000.0, length=32_768)
    print(type(scaling).__name__, [round(slower[i].item(), 1) for i in (0, 16, 32, 48, 63)])
#> LinearScaling [8.0, 8.0, 8.0, 8.0, 8.0]
#> NTKScaling [1.0, 1.7, 2.9, 4.9, 8.0]
#> YaRNScaling [1.0, 1.0, 1.7, 8.0, 8.0]
