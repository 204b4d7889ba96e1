import torch

from reference_impl.attention import PagedCache, PagePool, PreallocatedCache

pool = PagePool(pages=12, page_size=4, kv_heads=2, head_dim=16)
cache = PagedCache(pool, batch=3)
for row, length in enumerate((9, 3, 6)):  # three prompts
    x = torch.ones(1, 2, length, 16)
    cache.select(row).append(x, x)
print(cache.lengths, cache.tables)
#> (9, 3, 6) ((0, 1, 2), (3,), (4, 5))

for _ in range(3):  # three steps, all together
    cache.append(torch.ones(3, 2, 1, 16), torch.ones(3, 2, 1, 16))
print(cache.lengths, cache.tables)
#> (12, 6, 9) ((0, 1, 2), (3, 6), (4, 5, 7))

cache.free(1)  # the second is done
x = torch.ones(1, 2, 8, 16)
cache.select(1).append(x, x)  # another takes its place, and its pages
print(cache.lengths, cache.tables, cache.wasted_rows, pool.free_pages)
#> (12, 8, 9) ((0, 1, 2), (6, 3), (4, 5, 7)) 3 4
print(cache.nbytes, PreallocatedCache(batch=3, kv_heads=2, capacity=64, head_dim=16).nbytes)
#> 8192 49152
