import torch

for dtype in (torch.float16, torch.bfloat16):
    total, one = torch.zeros((), dtype=dtype), torch.ones((), dtype=dtype)
    for _ in range(10_000):
        total += one
    print(dtype, total.item(), torch.ones(10_000, dtype=dtype).sum().item())
#> torch.float16 2048.0 10000.0
#> torch.bfloat16 256.0 9984.0
