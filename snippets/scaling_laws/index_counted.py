import torch

from reference_impl.gpt import GPT, GPTConfig
from reference_impl.scaling_laws import matrix_parameters, measured_flops, training_flops

config = GPTConfig(vocab=1000, context=128, dim=128, layers=4, heads=4)
counted = measured_flops(GPT(config), torch.zeros(2, 128, dtype=torch.long))
tokens = 2 * 128
print(f"{counted:,} counted")
#> 1,605,894,144 counted
print(f"{training_flops(config, length=128, tokens=tokens):,.0f} by the formula")
#> 1,605,894,144 by the formula
print(f"{6 * matrix_parameters(config) * tokens:,} by 6ND")
#> 1,207,959,552 by 6ND
