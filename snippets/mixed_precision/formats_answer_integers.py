import torch

from reference_impl.mixed_precision import FORMATS

integers = torch.arange(2**17, dtype=torch.float64)
for name in ("bf16", "fp16", "tf32", "e5m2", "e4m3", "e2m1"):
    fmt = FORMATS[name]
    first = (fmt.round(integers) != integers).nonzero()[0].item()
    print(name, first - 1, 2 ** (fmt.mantissa_bits + 1))
#> bf16 256 256
#> fp16 2048 2048
#> tf32 2048 2048
#> e5m2 8 8
#> e4m3 16 16
#> e2m1 4 4
