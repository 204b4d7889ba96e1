import math

import torch
from torch.nn.functional import scaled_dot_product_attention as sdpa

torch.manual_seed(0)
q, k, v = torch.randn(3, 2, 4, 10, 16)  # each: batch 2, heads 4, length 10, width 16
weights = (q @ k.mT / math.sqrt(16)).softmax(-1)
print(weights.shape)
#> torch.Size([2, 4, 10, 10])
print(torch.allclose(sdpa(q, k, v), weights @ v, atol=1e-6))
#> True
