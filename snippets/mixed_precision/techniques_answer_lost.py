import torch

update = 1e-4
for dtype in (torch.float16, torch.bfloat16):
    weights = torch.tensor([2.0**p for p in range(-12, 2)], dtype=dtype)
    lost = weights[weights + torch.tensor(update, dtype=dtype) == weights]
    print(dtype, "from", lost.min().item())
#> torch.float16 from 0.25
#> torch.bfloat16 from 0.03125
