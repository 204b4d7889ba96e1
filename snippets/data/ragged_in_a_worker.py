# run: python
import torch
from torch.utils.data import DataLoader

items = [torch.tensor([5, 6, 7]), torch.tensor([8, 9])]  # the longer one first
try:
    next(iter(DataLoader(items, batch_size=2, num_workers=1)))
except RuntimeError as error:
    lines = str(error).splitlines()
    print(lines[0], lines[-1], sep="\n")
    #> Caught RuntimeError in DataLoader worker process 0.
    #> RuntimeError: Trying to resize storage that is not resizable
