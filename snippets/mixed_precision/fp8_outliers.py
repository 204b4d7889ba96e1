import torch

from reference_impl.mixed_precision import float_format, quantise_fp8

torch.manual_seed(0)
x = torch.randn(64, 256)
ordinary = torch.ones_like(x, dtype=torch.bool)
ordinary[5, 17] = False
for outlier in (10, 1e4, 1e6):
    x[5, 17] = outlier
    row = []
    for scaling in ("tensor", "row", "block"):
        found = quantise_fp8(x, float_format("e4m3"), scaling, block=32).dequantise()
        error = (found - x)[ordinary].norm() / x[ordinary].norm()
        row.append(f"{scaling} {error:.3f}")
    print(f"outlier {outlier:.0e}:", ", ".join(row))
#> outlier 1e+01: tensor 0.026, row 0.027, block 0.024
#> outlier 1e+04: tensor 0.027, row 0.026, block 0.024
#> outlier 1e+06: tensor 0.953, row 0.124, block 0.050
