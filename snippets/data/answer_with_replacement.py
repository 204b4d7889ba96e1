import torch
from torch.utils.data import RandomSampler

generator = torch.Generator().manual_seed(0)
drawn = list(RandomSampler(range(10_000), replacement=True, generator=generator))
print(len(drawn), round(len(set(drawn)) / 10_000, 2), round(1 - 1 / torch.e, 2))
#> 10000 0.63 0.63
