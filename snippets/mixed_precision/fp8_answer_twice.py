import torch

from reference_impl.mixed_precision import float_format, quantise_fp8

torch.manual_seed(0)
weight, fmt = torch.randn(4, 8), float_format("e4m3")
by_row = quantise_fp8(weight, fmt, "row").dequantise()
by_column = quantise_fp8(weight.t().contiguous(), fmt, "row").dequantise().t()
print((by_row == by_column).float().mean().item())
#> 0.0625
