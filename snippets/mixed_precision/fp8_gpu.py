# requires: cuda
# ran on: NVIDIA H200, torch 2.11.0+cu130, 2026-11-27
import torch

from reference_impl.mixed_precision import float_format, fp8_product, quantise_fp8, real_fp8_product

torch.manual_seed(0)
fmt = float_format("e4m3")
a, b = torch.randn(1024, 2048, device="cuda"), torch.randn(4096, 2048, device="cuda")
for scaling in ("tensor", "row"):
    a8, b8 = quantise_fp8(a, fmt, scaling), quantise_fp8(b, fmt, scaling)
    real = real_fp8_product(a8, b8, out_dtype=torch.bfloat16).float()
    ours = fp8_product(a8, b8)
    print(scaling, ((real - ours).norm() / ours.norm() < 0.01).item())
#> tensor True
#> row True
