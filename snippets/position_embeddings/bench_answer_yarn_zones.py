from reference_impl.position_embeddings import YaRNScaling

share = YaRNScaling(4.0, original_length=32).interpolated_share(16, 10_000.0)
print([round(s, 2) for s in share.tolist()])
#> [0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
