from reference_impl.gpt import GPTConfig, count_parameters

for config in (GPTConfig.gpt2("small"), GPTConfig.gpt3("175B")):
    counts = count_parameters(config)
    print(f"{counts['tokens']:,}", f"{counts['tokens'] / counts['total']:.1%}")
#> 38,597,376 31.0%
#> 617,558,016 0.4%
