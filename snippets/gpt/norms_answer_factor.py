import torch

from reference_impl.gpt import GPT, GPTConfig

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=9, context=8, dim=64, layers=96, heads=2, hidden=64))
wide, narrow = model.blocks[0].attention.qkv.weight, model.blocks[0].attention.out.weight
print(round((2 * 96) ** -0.5, 3), round((narrow.std() / wide.std()).item(), 2))
#> 0.072 0.07
