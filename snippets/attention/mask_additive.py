import torch
from torch.nn.functional import scaled_dot_product_attention

from reference_impl.attention import causal_mask, to_additive

torch.manual_seed(0)
x = torch.randn(1, 2, 4, 8)
mask = causal_mask(4)
added = to_additive(mask)
print(added[:2])
#> tensor([[0., -inf, -inf, -inf],
#>         [0., 0., -inf, -inf]])
a = scaled_dot_product_attention(x, x, x, attn_mask=mask)
b = scaled_dot_product_attention(x, x, x, attn_mask=added)
print(torch.equal(a, b))
#> True
