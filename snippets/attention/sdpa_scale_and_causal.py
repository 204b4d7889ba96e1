import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention

torch.manual_seed(0)
x = torch.randn(1, 1, 4, 8)
triangle = torch.ones(4, 4, dtype=torch.bool).tril()
for backend in (SDPBackend.MATH, SDPBackend.FLASH_ATTENTION):
    with sdpa_kernel(backend):
        option = scaled_dot_product_attention(x, x, x, is_causal=True, scale=-1.0)
        mask = scaled_dot_product_attention(x, x, x, attn_mask=triangle, scale=-1.0)
    print(backend.name, torch.allclose(option, mask, atol=1e-6))
#> MATH True
#> FLASH_ATTENTION False
