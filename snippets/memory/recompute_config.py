import torch._dynamo
import torch._functorch.config

print(torch._functorch.config.activation_memory_budget)
#> 1.0
torch._dynamo.config.activation_memory_budget = 0.5
#! AttributeError: torch._dynamo.config.activation_memory_budget does not exist
