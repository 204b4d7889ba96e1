from reference_impl.attention import cache_bytes
from reference_impl.gpt import GPTConfig, count_parameters

config = GPTConfig.gpt2("small")
cache = cache_bytes(config.layers, config.heads, config.head_size, config.context)
print(
    f"{cache / 1e6:.0f} MB of cache, {2 * count_parameters(config)['total'] / 1e6:.0f} MB of weights"
)
#> 38 MB of cache, 249 MB of weights
