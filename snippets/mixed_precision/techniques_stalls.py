import torch

from reference_impl.mixed_precision import matmul_in

for dtype in (torch.float16, torch.bfloat16):
    ones = torch.ones(1, 4096, dtype=dtype)
    print(dtype, *(matmul_in(ones, ones[0], a).item() for a in (torch.float32, dtype)))
#> torch.float16 4096.0 2048.0
#> torch.bfloat16 4096.0 256.0
ones = torch.ones(4096, dtype=torch.float16)
print(ones.sum().item())
#> 4096.0
print((ones @ ones).item())
#> 4096.0
