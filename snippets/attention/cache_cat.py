import torch

from reference_impl.attention import ConcatenatedCache, PreallocatedCache

torch.manual_seed(0)
in_place = PreallocatedCache(batch=1, kv_heads=2, capacity=1024, head_dim=16)
by_cat = ConcatenatedCache(batch=1, kv_heads=2, head_dim=16)

for t in range(1, 1025):
    k_new, v_new = torch.randn(2, 1, 2, 1, 16)
    k, v = in_place.append(k_new, v_new)
    k_too, v_too = by_cat.append(k_new, v_new)
    assert torch.equal(k, k_too) and torch.equal(v, v_too)
    if t in (1, 256, 1024):
        print(t, in_place.bytes_written, in_place.bytes_copied, by_cat.bytes_copied)
#> 1 256 0 0
#> 256 65536 0 8355840
#> 1024 262144 0 134086656
