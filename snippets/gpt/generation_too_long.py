import torch

from reference_impl.gpt import GPT, GPTConfig, generate

model = GPT(GPTConfig(vocab=50, context=32, dim=32, layers=3, heads=4))
print(generate(model, torch.zeros(1, 30, dtype=torch.long), 2).shape)
#> torch.Size([1, 32])
generate(model, torch.zeros(1, 30, dtype=torch.long), 3)
#! ValueError: expected a prompt (batch, length) and new tokens of at most 32, the rows of the
