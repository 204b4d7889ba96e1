# requires: cuda
# ran on: NVIDIA H200, torch 2.11.0+cu130, 2026-11-27
import warnings

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention as sdpa

warnings.simplefilter("ignore")  # each refusal gives its reasons as warnings
BACKENDS = {"flash": SDPBackend.FLASH_ATTENTION, "efficient": SDPBackend.EFFICIENT_ATTENTION,
            "cudnn": SDPBackend.CUDNN_ATTENTION, "math": SDPBackend.MATH}  # fmt: skip  # a table reads as a table


def runs(backend, q, **options):
    try:
        with sdpa_kernel(backend):
            sdpa(q, q, q, **options).sum().backward()
    except RuntimeError:
        return False
    return True


q = torch.randn(1, 8, 256, 64, device="cuda", dtype=torch.bfloat16, requires_grad=True)
mask = torch.zeros(256, 256, device="cuda", dtype=q.dtype)
cases = {"bf16": (q, {}), "bf16, causal": (q, {"is_causal": True}),
         "bf16, dropout": (q, {"dropout_p": 0.1}), "bf16, mask": (q, {"attn_mask": mask}),
         "bf16, mask that learns": (q, {"attn_mask": mask.clone().requires_grad_()}),
         "bf16, heads of 512": (q.detach().repeat(1, 1, 1, 8).requires_grad_(), {}),
         "float32": (q.detach().float().requires_grad_(), {})}  # fmt: skip  # likewise
for name, (x, options) in cases.items():
    picked = SDPBackend(torch._fused_sdp_choice(x, x, x, **options))
    able = [short for short, backend in BACKENDS.items() if runs(backend, x, **options)]
    print(f"{name:23} {picked.name:20} {', '.join(able)}")
#> bf16                    CUDNN_ATTENTION      flash, efficient, cudnn, math
#> bf16, causal            CUDNN_ATTENTION      flash, efficient, cudnn, math
#> bf16, dropout           CUDNN_ATTENTION      flash, efficient, cudnn, math
#> bf16, mask              CUDNN_ATTENTION      efficient, cudnn, math
#> bf16, mask that learns  EFFICIENT_ATTENTION  efficient, math
#> bf16, heads of 512      EFFICIENT_ATTENTION  efficient, math
#> float32                 EFFICIENT_ATTENTION  efficient, math
