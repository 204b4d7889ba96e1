import torch
from torch.nn.functional import scaled_dot_product_attention as attention

torch.manual_seed(0)
window, keys, values = 4, torch.randn(10, 16), torch.randn(10, 16)
k, v = torch.zeros(2, window, 16)
for t in range(10):
    k[t % window], v[t % window] = keys[t], values[t]  # over the oldest

q = torch.randn(1, 16)
print(list(range(6, 10)), "lie in", [t % window for t in range(6, 10)])
#> [6, 7, 8, 9] lie in [2, 3, 0, 1]
print(torch.allclose(attention(q, k, v), attention(q, keys[6:], values[6:]), atol=1e-6))
#> True
