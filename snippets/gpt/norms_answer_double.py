import torch

from reference_impl.gpt import GPT, GPTConfig

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=9, context=8, dim=16, layers=2, heads=2, init_std=0.5, eps=1e-12))
ids = torch.tensor([[1, 2, 3]])
before = model.hidden(ids)
with torch.no_grad():
    model.tokens.weight *= 2
    model.positions.weight *= 2
    for block in model.blocks:
        block.attention.out.weight *= 2
        block.mlp.down.weight *= 2  # their biases are 0
print(torch.allclose(model.hidden(ids), before, atol=1e-4))
#> True
