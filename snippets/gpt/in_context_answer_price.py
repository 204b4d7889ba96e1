from reference_impl.attention import cache_bytes
from reference_impl.gpt import GPTConfig

config = GPTConfig.gpt3("175B")
for examples in (1, 10, 100):
    tokens = 20 * examples  # twenty tokens each
    size = cache_bytes(config.layers, config.heads, config.head_size, tokens)
    print(examples, tokens <= config.context, f"{size / 1e9:.2f} GB")
#> 1 True 0.09 GB
#> 10 True 0.94 GB
#> 100 True 9.44 GB
