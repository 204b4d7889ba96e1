import torch

from reference_impl.gpt import GPT, GPTConfig

model = GPT(GPTConfig(vocab=9, context=4, dim=8, layers=1, heads=2))
ids = torch.tensor([[1, 2, 3]])
print(model.loss(ids, torch.tensor([[2, 3, -100]])).isfinite())  # -100: nothing is asked
#> tensor(True)
model.loss(ids, torch.tensor([[2, 3, 9]]))
#! ValueError: expected targets from 0 to 8, or -100, got 9 in row 0 at 2
