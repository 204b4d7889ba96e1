import torch
from torch.nn.functional import scaled_dot_product_attention as attention

from reference_impl.attention import PreallocatedCache

torch.manual_seed(0)
cache = PreallocatedCache(batch=1, kv_heads=2, capacity=100, head_dim=16)
k, v = cache.append(*torch.randn(2, 1, 2, 10, 16))
q = torch.randn(1, 2, 1, 16)

mask = torch.arange(100)[None] < cache.length  # the buffer is longer than what is filled
whole = attention(q, cache.k, cache.v, attn_mask=mask)
print(torch.allclose(whole, attention(q, k, v), atol=1e-6))
#> True
print(cache.k.nbytes // k.nbytes)  # times as many bytes
#> 10

cache.v[:, :, 10:] = torch.nan  # what torch.empty may leave there
print(attention(q, cache.k, cache.v, attn_mask=mask).isnan().any())
#> tensor(True)
