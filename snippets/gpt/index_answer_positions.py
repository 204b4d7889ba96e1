import torch

from reference_impl.gpt import GPT, GPTConfig

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=9, context=8, dim=8, layers=2, heads=2)).eval()
padded = torch.tensor([[0, 0, 1, 2, 3]])
alone = model(padded[:, 2:])
print(torch.allclose(model(padded, keep=padded != 0)[:, 2:], alone, atol=1e-6))
#> True
print(torch.allclose(model(padded)[:, 2:], alone, atol=1e-6))  # filler seen, positions moved
#> False
