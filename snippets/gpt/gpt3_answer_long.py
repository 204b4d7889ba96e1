from reference_impl.gpt import GPTConfig, score_count

for length in (2048, 8192, 32768):
    config = GPTConfig.gpt3("175B", context=length)
    share = score_count(config, length) / score_count(config.change(band=None), length)
    print(length, f"{share:.2f}")
#> 2048 0.56
#> 8192 0.52
#> 32768 0.50
