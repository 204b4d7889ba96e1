from reference_impl.gpt import GPTConfig
from reference_impl.memory import estimate_memory

config = GPTConfig(vocab=1000, context=128, dim=64, layers=4, heads=4)
parts = estimate_memory(config, batch=8, length=128)
print(parts.parameters, parts.gradients, parts.optimizer, parts.activations)
#> 1089024 1089024 2178256 17697792
