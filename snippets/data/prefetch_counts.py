from torch.utils.data import DataLoader


def noting(asked):
    for index in range(100):
        asked.append(index)
        yield index


for workers, factor in ((0, None), (2, 2), (2, 4)):
    asked = []
    loader = DataLoader(
        range(100),
        batch_size=5,
        sampler=noting(asked),
        num_workers=workers,
        prefetch_factor=factor,
    )
    batches = iter(loader)
    ahead = [len(asked) // 5]
    for used in range(1, 4):
        next(batches)
        ahead.append(len(asked) // 5 - used)
    del batches  # ends its workers
    print(workers, "workers, prefetch_factor", factor, "- batches ahead:", ahead)
#> 0 workers, prefetch_factor None - batches ahead: [0, 0, 0, 0]
#> 2 workers, prefetch_factor 2 - batches ahead: [4, 4, 4, 4]
#> 2 workers, prefetch_factor 4 - batches ahead: [8, 8, 8, 8]
