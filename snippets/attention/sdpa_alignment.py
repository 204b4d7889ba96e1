import torch
from torch.nn.attention.bias import causal_lower_right
from torch.nn.functional import scaled_dot_product_attention as sdpa

q, k = torch.zeros(1, 1, 2, 5), torch.zeros(1, 1, 5, 5)  # two new queries, five keys
v = torch.eye(5)[None, None]  # the output is then the row of weights
print(sdpa(q, k, v, is_causal=True)[0, 0])
#> tensor([[1.0000, 0.0000, 0.0000, 0.0000, 0.0000],
#>         [0.5000, 0.5000, 0.0000, 0.0000, 0.0000]])
print(sdpa(q, k, v, attn_mask=causal_lower_right(2, 5))[0, 0])
#> tensor([[0.2500, 0.2500, 0.2500, 0.2500, 0.0000],
#>         [0.2000, 0.2000, 0.2000, 0.2000, 0.2000]])
