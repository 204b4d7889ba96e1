import torch

from reference_impl.mixed_precision import float_format, mx_encode, nvfp4_encode, quantise_fp8

torch.manual_seed(0)
x = torch.randn(64, 1024)
found = {
    "E4M3, one scale": quantise_fp8(x, float_format("e4m3")).dequantise(),
    "MXFP8": mx_encode(x, "e4m3").decode(),
    "NVFP4": nvfp4_encode(x).decode(),
    "MXFP4": mx_encode(x).decode(),
}
for name, y in found.items():
    print(f"{name}: {(y - x).norm() / x.norm():.1%}")
#> E4M3, one scale: 2.7%
#> MXFP8: 2.9%
#> NVFP4: 9.6%
#> MXFP4: 11.5%
