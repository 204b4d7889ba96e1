from reference_impl.position_embeddings import YaRNScaling

for original in (4096, 32_768):
    share = YaRNScaling(8.0, original_length=original).interpolated_share(128, 10_000.0)
    print(original, int((share == 0).sum()), "left alone,", int((share == 1).sum()), "slowed fully")
#> 4096 21 left alone, 18 slowed fully
#> 32768 36 left alone, 4 slowed fully
