import torch

from reference_impl.gpt import GPT, GPTConfig

torch.manual_seed(0)
model = GPT(GPTConfig.gpt2(vocab=9, context=4, dim=8, layers=1, heads=2, dropout=0.0))
ids = torch.tensor([[1, 2, 3]])
print(torch.allclose(model(ids), model.hidden(ids) @ model.tokens.weight.T))
#> True
model.loss(ids, torch.tensor([[2, 3, 4]])).backward()
print((model.tokens.weight.grad != 0).any(1).int().tolist())
#> [1, 1, 1, 1, 1, 1, 1, 1, 1]
