import torch

from reference_impl.attention import PagedCache, PagePool

cache = PagedCache(PagePool(pages=3, page_size=4, kv_heads=2, head_dim=16), batch=2)
prompt = torch.zeros(2, 2, 4, 16)
cache.append(prompt, prompt)
cache.append(prompt[:, :, :1], prompt[:, :, :1])
#! RuntimeError: expected 2 free pages, got 1
