from torch.utils.data import DataLoader, IterableDataset, get_worker_info


class Stream(IterableDataset):
    def __iter__(self):
        return iter(range(6))


class SharedStream(IterableDataset):
    def __iter__(self):
        worker = get_worker_info()
        start, step = (0, 1) if worker is None else (worker.id, worker.num_workers)
        return iter(range(start, 6, step))


for dataset in (Stream(), SharedStream()):
    for workers in (0, 2):
        loader = DataLoader(dataset, batch_size=2, num_workers=workers)
        print(workers, "workers:", *(batch.tolist() for batch in loader))
#> 0 workers: [0, 1] [2, 3] [4, 5]
#> 2 workers: [0, 1] [0, 1] [2, 3] [2, 3] [4, 5] [4, 5]
#> 0 workers: [0, 1] [2, 3] [4, 5]
#> 2 workers: [0, 2] [1, 3] [4] [5]
