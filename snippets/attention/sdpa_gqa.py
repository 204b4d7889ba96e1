import torch
from torch.nn.functional import scaled_dot_product_attention as sdpa

torch.manual_seed(0)
q, kv = torch.randn(1, 4, 3, 8), torch.randn(1, 2, 3, 8)  # 4 heads of queries, 2 of keys
out = sdpa(q, kv, kv, enable_gqa=True)
copied = kv.repeat_interleave(2, dim=1)  # heads 0, 0, 1, 1
print(torch.allclose(out, sdpa(q, copied, copied), atol=1e-6))
#> True
sdpa(q, kv, kv)
#! RuntimeError: The size of tensor a (4) must match the size of tensor b (2)
