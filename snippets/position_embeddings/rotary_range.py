from reference_impl.position_embeddings import LinearScaling, NTKScaling, YaRNScaling, frequencies

plain = frequencies(128)
slow = 4096 * plain < 2 * 3.141593  # the pairs that never got round
for scaling in (LinearScaling(8.0), NTKScaling(8.0), YaRNScaling(8.0, original_length=4096)):
    angle = 32_768 * scaling.frequencies(128, 10_000.0, length=32_768)
    beyond = slow & (angle > 4096 * plain * 1.001)
    print(type(scaling).__name__, int(beyond.sum()), "of", int(slow.sum()))
#> LinearScaling 0 of 18
#> NTKScaling 17 of 18
#> YaRNScaling 0 of 18
