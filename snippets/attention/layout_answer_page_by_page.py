import torch
from torch.nn.functional import scaled_dot_product_attention as attention

from reference_impl.attention import PagedCache, PagePool

torch.manual_seed(0)
pool = PagePool(pages=5, page_size=4, kv_heads=2, head_dim=16)
cache = PagedCache(pool, batch=1)
k, v = cache.append(*torch.randn(2, 1, 2, 11, 16))
q = torch.randn(2, 1, 16)

parts, sums = [], []
for i, page in enumerate(cache.tables[0]):
    filled = min(4, cache.length - 4 * i)
    k_page, v_page = (x[page, :filled].transpose(0, 1) for x in (pool.k, pool.v))  # views
    scores = q @ k_page.mT / 16**0.5
    parts.append(scores.softmax(-1) @ v_page)
    sums.append(scores.logsumexp(-1, keepdim=True))
share = torch.stack(sums).softmax(0)  # how much of all weight each page has
out = (share * torch.stack(parts)).sum(0)
print(torch.allclose(out, attention(q, k[0], v[0]), atol=1e-6))
#> True
