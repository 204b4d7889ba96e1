import torch
from torch.nn.functional import scaled_dot_product_attention as attention

torch.manual_seed(0)
q = torch.randn(1, 2, 1, 16)  # one query, the newest
k, v = torch.randn(2, 1, 2, 10, 16)  # ten cached keys and values

right = attention(q, k, v)  # the newest may look at everything
wrong = attention(q, k, v, is_causal=True)
print(torch.allclose(right, wrong, atol=1e-2))
#> False
print(torch.equal(wrong, v[:, :, :1]))  # the value of token 0, and nothing else
#> True

mask = torch.ones(1, 10, dtype=torch.bool).tril(diagonal=10 - 1)  # aligned at the end
print(torch.allclose(right, attention(q, k, v, attn_mask=mask), atol=1e-6))
#> True
