import torch

from reference_impl.attention import MultiHeadAttention

torch.manual_seed(0)
layer = MultiHeadAttention(dim=8, heads=2)
written, source = torch.randn(1, 3, 8), torch.randn(1, 7, 8)
print(layer(written, memory=source).shape)  # as many rows as queries
#> torch.Size([1, 3, 8])
weights_shape = (layer.project_q(written) @ layer.project_kv(source)[0].mT).shape
print(weights_shape)  # batch, heads, q_len, kv_len
#> torch.Size([1, 2, 3, 7])
