import torch

from reference_impl.mixed_precision import float_format

w = torch.tensor(1.0)
for name, dtype in {"fp16": torch.float16, "bf16": torch.bfloat16}.items():
    half = float_format(name).spacing(w).item() / 2
    for update in (half, 1.01 * half):
        after = w.to(dtype) + torch.tensor(update, dtype=dtype)
        print(f"{name}: 1 + {update:.7f} = {after.item():.7f}")
#> fp16: 1 + 0.0004883 = 1.0000000
#> fp16: 1 + 0.0004932 = 1.0009766
#> bf16: 1 + 0.0039062 = 1.0000000
#> bf16: 1 + 0.0039453 = 1.0078125
