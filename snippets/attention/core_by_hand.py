import math

import torch
from torch.nn.functional import scaled_dot_product_attention

torch.manual_seed(0)
q, k, v = torch.randn(3, 2, 4, 10, 64)  # batch, heads, length, head_dim

scores = q @ k.mT / math.sqrt(64)  # how well does each key answer each query?
weights = scores.softmax(-1)  # shares: each row adds up to 1
out = weights @ v  # the values, averaged by these shares
print(scores.shape, out.shape)
#> torch.Size([2, 4, 10, 10]) torch.Size([2, 4, 10, 64])
print(torch.allclose(out, scaled_dot_product_attention(q, k, v), atol=1e-6))
#> True
