import torch

from reference_impl.mixed_precision import float_format

gradients = torch.tensor([1e-3, 1e-5, 1e-6, 3e-8, 2e-8])
for name in ("bf16", "fp16", "e5m2", "e4m3"):
    rounded = float_format(name).round(gradients)
    print(name, " ".join(f"{g:.2e}" for g in rounded))
#> bf16 9.99e-04 1.00e-05 9.98e-07 3.00e-08 2.00e-08
#> fp16 1.00e-03 1.00e-05 1.01e-06 5.96e-08 0.00e+00
#> e5m2 9.77e-04 1.53e-05 0.00e+00 0.00e+00 0.00e+00
#> e4m3 1.95e-03 0.00e+00 0.00e+00 0.00e+00 0.00e+00
