import torch

z, w, theta = torch.tensor(3.0 + 1.0j), torch.tensor(2.0 - 4.0j), 0.3
step = torch.polar(torch.tensor(1.0), torch.tensor(theta))
for m, n in [(5, 3), (12, 10)]:
    print(f"{(z * step**m * (w * step**n).conj()).real:.4f}")
#> -6.2543
#> -6.2543
cosine = torch.cos((5 - 3) * theta + z.angle() - w.angle())
print(f"{z.abs() * w.abs() * cosine:.4f}")
#> -6.2543
