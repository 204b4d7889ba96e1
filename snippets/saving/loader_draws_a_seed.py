import torch
from torch.utils.data import DataLoader

numbers = torch.arange(4)


def drawn_after_iterating(loader):
    torch.manual_seed(0)
    for batch in loader:
        pass
    return round(torch.rand(1).item(), 4)


torch.manual_seed(0)
print(round(torch.rand(1).item(), 4))
#> 0.4963
print(drawn_after_iterating(DataLoader(numbers, batch_size=2)))
#> 0.0885
own = torch.Generator()
print(drawn_after_iterating(DataLoader(numbers, batch_size=2, generator=own)))
#> 0.4963
