# run: python
import torch
from torch.nn.attention.flex_attention import flex_attention
from torch.nn.functional import scaled_dot_product_attention as sdpa

torch.manual_seed(0)
q, k, v = torch.randn(3, 1, 2, 6, 16)


def nearer_is_better(score, batch, head, i, j):
    return score - 0.5 * (i - j).abs()


out = flex_attention(q, k, v, score_mod=nearer_is_better)
#! UserWarning: flex_attention called without torch.compile()
i = torch.arange(6)
bias = -0.5 * (i[:, None] - i).abs()
print(torch.allclose(out, sdpa(q, k, v, attn_mask=bias), atol=1e-6))
#> True
