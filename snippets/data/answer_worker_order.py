import time

from torch.utils.data import DataLoader, Dataset


class SlowStart(Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, index):
        time.sleep(0.2 if index == 0 else 0)
        return index


print([batch.tolist() for batch in DataLoader(SlowStart(), 2, num_workers=2)])
#> [[0, 1], [2, 3], [4, 5]]
