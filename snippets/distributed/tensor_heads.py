import torch

from reference_impl.distributed import shard_state
from reference_impl.gpt import GPT, GPTConfig

model = GPT(GPTConfig(vocab=8, context=8, dim=8, layers=1, heads=4))
name = "blocks.0.attention.qkv.weight"
rows = torch.arange(24)[:, None].expand(24, 8)  # number the rows: 0-7 are queries, 8-15 keys
for rank in range(4):
    part = shard_state(model.state_dict() | {name: rows}, rank, 4)[name]
    print(rank, part[:, 0].tolist())
#> 0 [0, 1, 8, 9, 16, 17]
#> 1 [2, 3, 10, 11, 18, 19]
#> 2 [4, 5, 12, 13, 20, 21]
#> 3 [6, 7, 14, 15, 22, 23]
