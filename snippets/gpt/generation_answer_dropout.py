import torch

from reference_impl.gpt import GPT, CachedLogits, GPTConfig, generate

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=50, context=32, dim=32, layers=3, heads=4, dropout=0.5))
ids = torch.tensor([[3, 1, 4]])
print(torch.equal(generate(model, ids, 9), generate(model, ids, 9)), model.training)
#> True True
first, second = (CachedLogits(model, 1, 8)(ids) for _ in range(2))  # without model.eval()
print(torch.equal(first, second))
#> False
