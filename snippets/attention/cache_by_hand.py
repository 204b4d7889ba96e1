import torch
from torch.nn.functional import scaled_dot_product_attention

from reference_impl.attention import PreallocatedCache

torch.manual_seed(0)
cache = PreallocatedCache(batch=1, kv_heads=2, capacity=100, head_dim=16)
cache.append(torch.randn(1, 2, 9, 16), torch.randn(1, 2, 9, 16))  # nine tokens before

q, k_new, v_new = torch.randn(3, 1, 2, 1, 16)  # of the newest token
k, v = cache.append(k_new, v_new)  # one row each

scores = q @ k.mT / 16**0.5  # reads all ten keys
out = scores.softmax(-1) @ v  # reads all ten values
print(scores.shape, out.shape)
#> torch.Size([1, 2, 1, 10]) torch.Size([1, 2, 1, 16])
print(torch.allclose(out, scaled_dot_product_attention(q, k, v), atol=1e-6))
#> True
