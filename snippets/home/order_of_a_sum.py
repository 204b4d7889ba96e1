import torch

torch.manual_seed(0)
numbers = torch.rand(300)
as_drawn = torch.tensor(0.0)
for number in numbers:
    as_drawn += number
smallest_first = torch.tensor(0.0)
for number in numbers.sort().values:
    smallest_first += number
print(f"{as_drawn:.4f}")
#> 142.8603
print(f"{smallest_first:.4f}")
#> 142.8602
