import torch

from reference_impl.attention import PagedCache, PagePool

torch.manual_seed(0)
lengths = torch.randint(1, 400, (50,)).tolist()
for page_size in (1, 16, 64, 256):
    pool = PagePool(20_000 // page_size + 50, page_size, kv_heads=1, head_dim=2)
    cache = PagedCache(pool, batch=50)
    for row, length in enumerate(lengths):
        x = torch.zeros(1, 1, length, 2)
        cache.select(row).append(x, x)
    entries = sum(len(table) for table in cache.tables)
    print(page_size, f"{cache.wasted_rows / sum(lengths):.2f}", entries)
#> 1 0.00 11261
#> 16 0.03 728
#> 64 0.15 203
#> 256 0.70 75
