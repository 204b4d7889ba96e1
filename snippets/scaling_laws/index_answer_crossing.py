from reference_impl.gpt import GPTConfig
from reference_impl.scaling_laws import forward_flops

config = GPTConfig.gpt2(context=100_000)
length = 6 * config.dim  # 2 * 12 * dim ** 2 against 4 * length * dim, in each layer
counts = forward_flops(config, length)
print(length, counts["attention"] == counts["blocks"])
#> 4608 True
