import torch

from reference_impl.attention import scaled_dot_product

torch.manual_seed(0)
q, k, v = torch.randn(1, 4, 3, 8), *torch.randn(2, 1, 2, 3, 8)
out = scaled_dot_product(q, k, v)
for wide in (lambda x: x.repeat_interleave(2, dim=1), lambda x: x.repeat(1, 2, 1, 1)):
    print(torch.allclose(out, scaled_dot_product(q, wide(k), wide(v)), atol=1e-6))
#> True
#> False
