import torch

from reference_impl.mixed_precision import FORMATS

for name in ("bf16", "fp16", "e5m2", "e4m3"):
    fmt = FORMATS[name]
    one = fmt.encode(torch.tensor(1.0)).item()
    print(f"{name}: {one / (fmt.max_code + 1):.0%} of {fmt.max_code + 1}")
#> bf16: 50% of 32640
#> fp16: 48% of 31744
#> e5m2: 48% of 124
#> e4m3: 44% of 127
