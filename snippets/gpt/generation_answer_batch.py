import torch

from reference_impl.gpt import GPT, GPTConfig, generate

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=50, context=32, dim=32, layers=3, heads=4, init_std=0.3)).double()
batch = torch.tensor([[0, 0, 5], [2, 6, 5]])
together = generate(model, batch, 10, keep=batch != 0)
alone = generate(model, torch.tensor([[5]]), 10)
print(torch.equal(together[0, 2:], alone[0]))
#> True
