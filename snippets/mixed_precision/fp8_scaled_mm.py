import torch

from reference_impl.mixed_precision import float_format, fp8_product, quantise_fp8

torch.manual_seed(0)
fmt = float_format("e4m3")
a, b = torch.randn(64, 256), torch.randn(96, 256)
for scaling in ("tensor", "row"):
    a8, b8 = quantise_fp8(a, fmt, scaling), quantise_fp8(b, fmt, scaling)
    scale_b = b8.scale if scaling == "tensor" else b8.scale.t().contiguous()
    real = torch._scaled_mm(
        a8.values,
        b8.values.t(),  # (256, 96), column-major
        scale_a=a8.scale,
        scale_b=scale_b,
        out_dtype=torch.float32,
    )
    ours = fp8_product(a8, b8)
    print(scaling, real.shape, f"{(real - ours).abs().max() / ours.abs().max():.0e}")
#> tensor torch.Size([64, 96]) 3e-07
#> row torch.Size([64, 96]) 3e-07
