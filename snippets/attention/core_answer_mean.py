import torch

from reference_impl.attention import scaled_dot_product

torch.manual_seed(0)
q, k, v = torch.randn(3, 1, 1, 5, 4)
out = scaled_dot_product(q, k, v, scale=0.0)
print(torch.allclose(out, v.mean(-2, keepdim=True).expand_as(out)))
#> True
