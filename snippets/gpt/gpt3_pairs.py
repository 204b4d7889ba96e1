from reference_impl.gpt import GPTConfig, score_count

for band in (None, 512, 128):
    config = GPTConfig.gpt3("175B", band=band)
    print(band, f"{score_count(config, 2048):,}")
#> None 19,336,790,016
#> 512 13,897,433,088
#> 128 10,838,900,736
