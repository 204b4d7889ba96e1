import torch

positions = torch.arange(255, 262)
print(positions.bfloat16().tolist())
#> [255.0, 256.0, 256.0, 258.0, 260.0, 260.0, 260.0]
print(torch.arange(2047, 2052).half().tolist())
#> [2047.0, 2048.0, 2048.0, 2050.0, 2052.0]
