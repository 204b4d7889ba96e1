import torch

from reference_impl.mixed_precision import float_format, quantise_fp8

gradients = torch.tensor([3e-6, -4e-7, 2e-5, 1e-8])
print(gradients.to(torch.float8_e5m2).float().tolist())
#> [0.0, -0.0, 1.52587890625e-05, 0.0]

scaled = quantise_fp8(gradients, float_format("e5m2"))
print(scaled.values.float().tolist(), f"times {scaled.scale:.2e}")
#> [8192.0, -1024.0, 57344.0, 28.0] times 3.49e-10
print([f"{g:.1e}" for g in scaled.dequantise().tolist()])
#> ['2.9e-06', '-3.6e-07', '2.0e-05', '9.8e-09']
