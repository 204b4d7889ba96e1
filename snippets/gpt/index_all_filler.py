import torch

from reference_impl.gpt import GPT, GPTConfig

model = GPT(GPTConfig(vocab=9, context=4, dim=8, layers=1, heads=2))
ids = torch.tensor([[1, 2, 3], [0, 0, 0]])
model(ids, keep=ids != 0)
#! ValueError: expected a real token in each row, got only filler in row 1
