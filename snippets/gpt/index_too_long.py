import torch

from reference_impl.gpt import GPT, GPTConfig

model = GPT(GPTConfig(vocab=9, context=4, dim=8, layers=1, heads=2))
print(model(torch.zeros(1, 4, dtype=torch.long)).shape)
#> torch.Size([1, 4, 9])
model(torch.zeros(1, 5, dtype=torch.long))
#! ValueError: expected at most 4 tokens, the rows of the position table, got 5
