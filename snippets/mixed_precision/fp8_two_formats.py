import torch

from reference_impl.mixed_precision import float_format

generator = torch.Generator().manual_seed(0)
x = torch.rand(100_000, generator=generator) + 1  # from 1 to 2
for name in ("bf16", "e4m3", "e5m2"):
    fmt = float_format(name)
    error = ((fmt.round(x) - x).abs() / x).max()
    print(f"{name}: error up to {error:.2%}, {fmt.smallest:.1e} to {fmt.max:.1e}")
#> bf16: error up to 0.39%, 9.2e-41 to 3.4e+38
#> e4m3: error up to 5.88%, 2.0e-03 to 4.5e+02
#> e5m2: error up to 11.11%, 1.5e-05 to 5.7e+04
