import torch

from reference_impl.mixed_precision import float_format

torch.manual_seed(0)
a, b = torch.randn(256, 256), torch.randn(256, 256)
exact = a.double() @ b.double()
for name in ("fp32", "tf32", "bf16"):
    fmt = float_format(name)
    product = fmt.round(a) @ fmt.round(b)  # summed in float32
    error = (product - exact).norm() / exact.norm()
    print(f"{name}: {error:.0e}, 1e38 becomes {fmt.round(torch.tensor(1e38)):.2e}")
#> fp32: 2e-07, 1e38 becomes 1.00e+38
#> tf32: 3e-04, 1e38 becomes 1.00e+38
#> bf16: 2e-03, 1e38 becomes 9.97e+37
