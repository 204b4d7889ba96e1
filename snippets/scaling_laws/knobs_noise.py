import torch

from reference_impl.scaling_laws import noise_scale

generator = torch.Generator().manual_seed(0)
gradient = torch.tensor([3.0, 4.0])  # squared norm 25
square = {}
for rows in (10, 100):
    noise = 20 * torch.randn(20_000, rows, 2, generator=generator)  # trace 2 * 400
    square[rows] = (gradient + noise.mean(1)).square().sum(1).mean().item()
found, true = noise_scale(10, square[10], 100, square[100]), 800 / 25
print(f"{true:.0f} rows; measured within a tenth:", abs(found - true) < true / 10)
#> 32 rows; measured within a tenth: True
