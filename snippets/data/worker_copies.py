from torch.utils.data import DataLoader, Dataset, get_worker_info


class Cached(Dataset):
    def __init__(self):
        print("init: once, in the main process")
        self.opened_by = None
        self.cache = {}

    def __len__(self):
        return 4

    def __getitem__(self, index):
        self.cache[index] = 10 * index
        return index, self.opened_by, len(self.cache)


def open_files(number):
    get_worker_info().dataset.opened_by = number


loader = DataLoader(Cached(), 1, num_workers=2, worker_init_fn=open_files)
#> init: once, in the main process
for index, worker, cached in loader:
    print(f"item {index.item()}: opened by {worker.item()}, {cached.item()} in its cache")
#> item 0: opened by 0, 1 in its cache
#> item 1: opened by 1, 1 in its cache
#> item 2: opened by 0, 2 in its cache
#> item 3: opened by 1, 2 in its cache
print("in the main process:", loader.dataset.opened_by, loader.dataset.cache)
#> in the main process: None {}
