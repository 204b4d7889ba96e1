import torch

from reference_impl.mixed_precision import FORMATS

for name in ("bf16", "fp16", "e5m2", "e4m3"):
    fmt = FORMATS[name]
    below = fmt.encode(torch.tensor(1.0)).item() - 1  # code 0 is zero
    print(f"{name}: {below / fmt.max_code:.0%} of {fmt.max_code}")
#> bf16: 50% of 32639
#> fp16: 48% of 31743
#> e5m2: 48% of 123
#> e4m3: 44% of 126
