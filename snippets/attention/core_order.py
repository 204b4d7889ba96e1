import torch

from reference_impl.attention import MultiHeadAttention

torch.manual_seed(0)
layer = MultiHeadAttention(dim=8, heads=2)
x = torch.randn(1, 6, 8)
order = torch.tensor([5, 2, 0, 4, 1, 3])
print(torch.allclose(layer(x[:, order]), layer(x)[:, order], atol=1e-6))
#> True
print(torch.allclose(layer(x[:, order], causal=True), layer(x, causal=True)[:, order], atol=1e-6))
#> False
