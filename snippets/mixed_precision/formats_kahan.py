import torch

total = torch.zeros((), dtype=torch.bfloat16)
missing = torch.zeros((), dtype=torch.bfloat16)
for _ in range(10_000):
    wanted = 1 + missing
    new = total + wanted
    missing = wanted - (new - total)  # what rounding took away
    total = new
print(total.item(), missing.item(), total.item() + missing.item())
#> 9984.0 16.0 10000.0
