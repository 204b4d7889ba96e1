import torch

from reference_impl.attention import PreallocatedCache

cache = PreallocatedCache(batch=1, kv_heads=2, capacity=8, head_dim=16)
rows = torch.zeros(1, 2, 8, 16)
cache.append(rows, rows)
cache.append(rows[:, :, :1], rows[:, :, :1])
#! ValueError: expected at most 8 tokens in all, got 8 + 1 new
