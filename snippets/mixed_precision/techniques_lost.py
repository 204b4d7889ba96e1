import torch

for dtype in (torch.float16, torch.bfloat16, torch.float32):
    weight, update = torch.tensor(1.0, dtype=dtype), torch.tensor(1e-4, dtype=dtype)
    for _ in range(1000):
        weight += update
    step = torch.finfo(dtype).eps
    print(f"{str(dtype)[6:]:9} spacing at 1: {step:.0e}, after 1000 updates of 1e-4: {weight:.3f}")
#> float16   spacing at 1: 1e-03, after 1000 updates of 1e-4: 1.000
#> bfloat16  spacing at 1: 8e-03, after 1000 updates of 1e-4: 1.000
#> float32   spacing at 1: 1e-07, after 1000 updates of 1e-4: 1.100
