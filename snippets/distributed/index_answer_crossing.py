from reference_impl.gpt import GPTConfig, count_parameters

for size in ("125M", "6.7B", "175B"):
    config = GPTConfig.gpt3(size)
    tokens = count_parameters(config)["total"] / (4 * config.layers * config.dim)
    print(size, round(tokens), round(tokens / config.dim, 1))
#> 125M 3397 4.4
#> 6.7B 12700 3.1
#> 175B 37003 3.0
