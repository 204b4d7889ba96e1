import torch

from reference_impl.attention import PagedCache, PagePool

torch.manual_seed(0)
pool = PagePool(pages=8, page_size=4, kv_heads=2, head_dim=16)
first = PagedCache(pool, batch=1)
first.append(*torch.randn(2, 1, 2, 10, 16))  # a prompt of ten tokens
second = first.fork(0)  # another answer to the same prompt
print(first.tables, second.tables, pool.owners)
#> ((0, 1, 2),) ((0, 1, 2),) [2, 2, 2, 0, 0, 0, 0, 0]

second.append(*torch.randn(2, 1, 2, 1, 16))
print(first.tables, second.tables, pool.owners)
#> ((0, 1, 2),) ((0, 1, 3),) [2, 2, 1, 1, 0, 0, 0, 0]
print(second.bytes_copied // second.row_bytes)  # rows of the page it writes into
#> 2
