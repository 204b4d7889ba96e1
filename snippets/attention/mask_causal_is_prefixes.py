import torch

from reference_impl.attention import scaled_dot_product

torch.manual_seed(0)
x = torch.randn(1, 1, 6, 8)
whole = scaled_dot_product(x, x, x, causal=True)
for n in (1, 3, 6):
    alone = scaled_dot_product(x[:, :, :n], x[:, :, :n], x[:, :, :n])[:, :, -1]
    print(n, torch.allclose(whole[:, :, n - 1], alone, atol=1e-6))
#> 1 True
#> 3 True
#> 6 True
