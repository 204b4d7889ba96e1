import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention

x = torch.ones(1, 1, 2, 4, requires_grad=True)
mask = torch.tensor([[True, False], [False, False]])
for backend in (SDPBackend.MATH, SDPBackend.FLASH_ATTENTION):
    with sdpa_kernel(backend):
        out = scaled_dot_product_attention(x, x, x, attn_mask=mask)
    (grad,) = torch.autograd.grad(out.sum(), x)
    print(backend.name, out[0, 0, :, 0].tolist(), grad.isfinite().all().item())
#> MATH [1.0, 0.0] True
#> FLASH_ATTENTION [1.0, 0.0] True
