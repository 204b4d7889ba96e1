# run: python
import torch
from torch.utils.data import DataLoader

longer, shorter = torch.tensor([5, 6, 7]), torch.tensor([8, 9])
for items in ([longer, shorter], [shorter, longer]):
    try:
        next(iter(DataLoader(items, batch_size=2, num_workers=1)))
    except RuntimeError as error:
        lines = str(error).splitlines()
        print(lines[0], lines[-1], sep="\n")
#> Caught RuntimeError in DataLoader worker process 0.
#> RuntimeError: Trying to resize storage that is not resizable
#> Caught RuntimeError in DataLoader worker process 0.
#> RuntimeError: stack expects each tensor to be equal size, but got [2] at entry 0 and [3] at entry 1
