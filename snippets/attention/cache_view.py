import torch

from reference_impl.attention import PreallocatedCache

torch.manual_seed(0)
cache = PreallocatedCache(batch=1, kv_heads=2, capacity=100, head_dim=16)
for _ in range(3):
    k, v = cache.append(torch.randn(1, 2, 1, 16), torch.randn(1, 2, 1, 16))
    print(k.shape, k.stride(), k.data_ptr() == cache.k.data_ptr())
#> torch.Size([1, 2, 1, 16]) (3200, 1600, 16, 1) True
#> torch.Size([1, 2, 2, 16]) (3200, 1600, 16, 1) True
#> torch.Size([1, 2, 3, 16]) (3200, 1600, 16, 1) True

print(cache.k.stride(), k.is_contiguous())
#> (3200, 1600, 16, 1) False
