import math

import torch

from reference_impl.gpt import GPT, GPTConfig

torch.manual_seed(0)
model = GPT(GPTConfig(vocab=256, context=64, dim=32, layers=2, heads=2))
ids = torch.randint(256, (8, 64))
loss = model.loss(ids, ids.roll(-1, dims=1)).item()
print(round(math.log(256), 2), abs(loss - math.log(256)) < 0.1)
#> 5.55 True
