# requires: transformers
import torch
from transformers import DynamicCache, LlamaConfig, StaticCache

from reference_impl.attention import LiveBytes

config = LlamaConfig(
    hidden_size=64, num_attention_heads=4, num_key_value_heads=2, num_hidden_layers=1
)
dynamic = DynamicCache(config=config)
static = StaticCache(config=config, max_cache_len=100)
prompt, row = torch.zeros(1, 2, 9, 16), torch.zeros(1, 2, 1, 16)

for cache in (dynamic, static):
    cache.update(prompt, prompt, 0)
    with LiveBytes() as meter:
        k, v = cache.update(row, row, 0)
    print(type(cache).__name__, k.shape, meter.live >= k.nbytes + v.nbytes)
#> DynamicCache torch.Size([1, 2, 10, 16]) True
#> StaticCache torch.Size([1, 2, 100, 16]) False
