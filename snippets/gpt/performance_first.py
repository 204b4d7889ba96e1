import torch

from reference_impl.attention import cache_bytes, weight_bytes
from reference_impl.gpt import GPT, GPTConfig

config = GPTConfig(vocab=8192, context=512, dim=384, layers=6, heads=6)
with torch.device("meta"):
    model = GPT(config)
    head = torch.nn.Linear(384, 8192, bias=False)  # the table, as the output layer reads it
weights = weight_bytes(torch.nn.ModuleList([*model.blocks, model.norm, head]), bytes_per_number=4)
cache = cache_bytes(layers=6, kv_heads=6, head_dim=64, length=100, bytes_per_number=4)
print(f"{weights / 1e6:.1f} MB of weights, {cache / 1e6:.1f} MB of cache")
#> 55.2 MB of weights, 1.8 MB of cache
