from reference_impl.position_embeddings.rotary_scaling import LinearScaling, NTKScaling

for scaling in (LinearScaling(8.0), NTKScaling(8.0)):
    print(round(scaling.frequencies(128, 10_000.0, length=1)[0].item(), 3))
#> 0.125
#> 1.0
