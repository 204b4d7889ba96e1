import random

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, get_worker_info


class Noise(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        numpys = np.random.randint(100)
        drawn = int(torch.randint(100, ())), random.randrange(100), numpys
        return get_worker_info().id, get_worker_info().seed % 1000, drawn


def keep(items):
    return items


generator = torch.Generator().manual_seed(0)
loader = DataLoader(Noise(), 2, num_workers=2, generator=generator, collate_fn=keep)
for epoch in (0, 1):
    for batch in loader:
        print(f"epoch {epoch}:", *batch)
#> epoch 0: (0, 455, (6, 27, 10)) (0, 455, (10, 35, 41))
#> epoch 0: (1, 456, (24, 98, 23)) (1, 456, (2, 20, 74))
#> epoch 1: (0, 120, (26, 96, 68)) (0, 120, (83, 27, 16))
#> epoch 1: (1, 121, (32, 1, 14)) (1, 121, (14, 51, 50))
