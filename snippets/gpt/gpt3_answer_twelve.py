from reference_impl.gpt import GPTConfig, count_parameters

for size in ("125M", "6.7B", "175B"):
    config = GPTConfig.gpt3(size)
    estimate = 12 * config.layers * config.dim**2
    print(size, f"{estimate / count_parameters(config)['total']:.3f}")
#> 125M 0.678
#> 6.7B 0.968
#> 175B 0.996
