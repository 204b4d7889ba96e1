import torch

from reference_impl.attention import MultiHeadAttention, scaled_dot_product

torch.manual_seed(0)
layer = MultiHeadAttention(dim=12, heads=3)
x = torch.randn(2, 5, 12)

q, (k, v) = layer.project_q(x), layer.project_kv(x)
print(q.shape)  # batch, heads, length, head_dim
#> torch.Size([2, 3, 5, 4])
alone = [scaled_dot_product(q[:, [h]], k[:, [h]], v[:, [h]])[:, 0] for h in range(3)]
side_by_side = torch.cat(alone, dim=-1)
print(torch.allclose(layer.out_proj(side_by_side), layer(x), atol=1e-6))
#> True
