import torch
from torch.nn.functional import scaled_dot_product_attention as attention

from reference_impl.attention import PagedCache, PagePool

torch.manual_seed(0)
prompts = [torch.randn(2, 1, 2, length, 16) for length in (9, 3, 6)]
cache = PagedCache(PagePool(pages=12, page_size=4, kv_heads=2, head_dim=16), batch=3)
for row, (k, v) in enumerate(prompts):
    cache.select(row).append(k, v)

new = torch.randn(2, 3, 2, 1, 16)
q = torch.randn(3, 2, 1, 16)
k, v = cache.append(*new)  # gathered, zeros behind the end of a row
out = attention(q, k, v, attn_mask=cache.key_mask)

for row, prompt in enumerate(prompts):
    k, v = torch.cat([prompt, new[:, row : row + 1]], dim=3)
    print(k.shape[2], torch.allclose(out[row], attention(q[row : row + 1], k, v)[0], atol=1e-6))
#> 10 True
#> 4 True
#> 7 True
print(cache.bytes_gathered > cache.bytes_read)
#> True
