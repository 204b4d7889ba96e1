import torch
from torch.nn.functional import cross_entropy

from reference_impl.gpt import GPT, GPTConfig

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=20, context=8, dim=16, layers=1, heads=2, init_std=0.3))
bias, ids = model.blocks[0].attention.qkv.bias, torch.randint(20, (16, 9))
cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten()).backward()
queries, keys, values = bias.grad.view(3, 16).abs().amax(1).tolist()
print(queries > 1e-4, keys < 1e-7, values > 1e-4)
#> True True True

torch.optim.AdamW(model.parameters(), lr=0.01).step()
print(bias[16:32].abs().max().item() > 1e-5)  # the key bias began at 0
#> True
