import torch
from torch.nn.functional import scaled_dot_product_attention as attention

from reference_impl.attention import PreallocatedCache, QuantisedCache

torch.manual_seed(0)
full = PreallocatedCache(batch=1, kv_heads=2, capacity=64, head_dim=128)
small = QuantisedCache(batch=1, kv_heads=2, capacity=64, head_dim=128)
rows = torch.randn(2, 1, 2, 64, 128)
k, v = full.append(*rows)
k_near, v_near = small.append(*rows)

print(((k_near - k).abs() <= small.k_scale * 0.5001).all())
#> tensor(True)
q = torch.randn(1, 2, 1, 128)
error = attention(q, k_near, v_near) - attention(q, k, v)
print((error.norm() / attention(q, k, v).norm() < 0.02).item())
#> True
print(full.row_bytes, small.row_bytes, full.nbytes / small.nbytes)
#> 2048 528 3.878787878787879
