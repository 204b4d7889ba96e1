import os
from pathlib import Path

from torch.utils.data import DataLoader

ITEMS, SIZE = 256, 64
Path("packed").write_bytes(bytes(ITEMS * SIZE))
for index in range(ITEMS):
    Path(f"{index}").write_bytes(bytes(SIZE))


class FilePerItem:
    def __len__(self):
        return ITEMS

    def __getitem__(self, index):
        counts.update(opens=counts["opens"] + 1, reads=counts["reads"] + 1)
        with Path(f"{index}").open("rb", buffering=0) as file:
            return file.read(SIZE)


class Packed(FilePerItem):
    def __init__(self):
        self.handle = os.open("packed", os.O_RDONLY)
        counts["opens"] += 1

    def __getitem__(self, index):
        counts["reads"] += 1
        return os.pread(self.handle, SIZE, index * SIZE)


for layout in (FilePerItem, Packed):
    for batch_size in (1, 64):
        counts = {"opens": 0, "reads": 0}
        batches = sum(1 for batch in DataLoader(layout(), batch_size, shuffle=True))
        print(layout.__name__, f"{batches} batches of {batch_size}:", counts)
#> FilePerItem 256 batches of 1: {'opens': 256, 'reads': 256}
#> FilePerItem 4 batches of 64: {'opens': 256, 'reads': 256}
#> Packed 256 batches of 1: {'opens': 1, 'reads': 256}
#> Packed 4 batches of 64: {'opens': 1, 'reads': 256}
