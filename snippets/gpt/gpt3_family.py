from reference_impl.gpt import GPTConfig, count_parameters
from reference_impl.gpt.config import GPT2_SIZES, GPT3_SIZES

configs = {"GPT-1": GPTConfig.gpt1()}
configs |= {f"GPT-2 {size}": GPTConfig.gpt2(size) for size in GPT2_SIZES}
configs |= {f"GPT-3 {size}": GPTConfig.gpt3(size) for size in GPT3_SIZES}
for name, config in configs.items():
    print(f"{name:12} {count_parameters(config)['total'] / 1e6:9,.1f} million")
#> GPT-1            116.5 million
#> GPT-2 small      124.4 million
#> GPT-2 medium     354.8 million
#> GPT-2 large      774.0 million
#> GPT-2 xl       1,557.6 million
#> GPT-3 125M       125.2 million
#> GPT-3 350M       355.9 million
#> GPT-3 760M       760.3 million
#> GPT-3 1.3B     1,517.1 million
#> GPT-3 2.7B     2,651.6 million
#> GPT-3 6.7B     6,658.4 million
#> GPT-3 13B     12,936.5 million
#> GPT-3 175B   174,604.3 million
