import torch

from reference_impl.gpt import GPT, GPTConfig, generate

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=50, context=32, dim=32, layers=3, heads=4, init_std=0.3))
prompt = torch.tensor([[3, 1, 4], [1, 5, 9]])
ids = generate(model, prompt, 20)
print(ids.shape, torch.equal(ids, generate(model, prompt, 20, cached=False)))
#> torch.Size([2, 23]) True
