import torch

from reference_impl.mixed_precision import FORMATS

dtypes = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
dtypes |= {"e5m2": torch.float8_e5m2, "e4m3": torch.float8_e4m3fn}
print("        largest    normal  smallest   epsilon  as finfo")
#>         largest    normal  smallest   epsilon  as finfo
for name, fmt in FORMATS.items():
    numbers = (fmt.max, fmt.smallest_normal, fmt.smallest, fmt.epsilon)
    row = f"{name}   " + "  ".join(f"{number:8.2g}" for number in numbers)
    if name in dtypes:
        limits = torch.finfo(dtypes[name])
        same = numbers[:2] + numbers[3:] == (limits.max, limits.tiny, limits.eps)
        row += f"  {same}"
    print(row)
#> fp32    3.4e+38   1.2e-38   1.4e-45   1.2e-07  True
#> tf32    3.4e+38   1.2e-38   1.1e-41   0.00098
#> bf16    3.4e+38   1.2e-38   9.2e-41    0.0078  True
#> fp16    6.6e+04   6.1e-05     6e-08   0.00098  True
#> e5m2    5.7e+04   6.1e-05   1.5e-05      0.25  True
#> e4m3    4.5e+02     0.016     0.002      0.12  True
#> e2m1          6         1       0.5       0.5
#> e8m0    1.7e+38   5.9e-39   5.9e-39         1
