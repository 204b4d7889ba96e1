import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention as sdpa

torch.manual_seed(0)
q, k, v = torch.randn(3, 1, 1, 4, 8)
mask = torch.tensor([True, True, True, False])  # the last key is padding
both = mask & torch.ones(4, 4, dtype=torch.bool).tril()

out = sdpa(q, k, v, attn_mask=mask[None], is_causal=True)  # FLASH_ATTENTION here
print(torch.allclose(out, sdpa(q, k, v, attn_mask=both), atol=1e-6))
#> True
with sdpa_kernel(SDPBackend.MATH):
    sdpa(q, k, v, attn_mask=mask[None], is_causal=True)
    #! RuntimeError: _scaled_dot_product_attention: Explicit attn_mask should not be set
