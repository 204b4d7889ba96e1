import torch
from torch.utils.data import DataLoader


def two_epochs(generator):
    loader = DataLoader(range(6), batch_size=6, shuffle=True, generator=generator)
    return [batch.tolist() for epoch in range(2) for batch in loader]


print(two_epochs(torch.Generator().manual_seed(0)))
#> [[5, 1, 0, 3, 2, 4], [4, 2, 1, 3, 0, 5]]
print(two_epochs(torch.Generator().manual_seed(0)))
#> [[5, 1, 0, 3, 2, 4], [4, 2, 1, 3, 0, 5]]
