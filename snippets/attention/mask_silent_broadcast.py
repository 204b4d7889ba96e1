import torch
from torch.nn.functional import scaled_dot_product_attention

torch.manual_seed(0)
x = torch.randn(4, 1, 4, 8)  # a batch of 4 texts of 4 tokens
real = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 1, 0]]).bool()

wrong = scaled_dot_product_attention(x, x, x, attn_mask=real)  # read as (q_len, kv_len)
right = scaled_dot_product_attention(x, x, x, attn_mask=real[:, None, None, :])
print(wrong.shape == right.shape, torch.allclose(wrong, right))
#> True False
