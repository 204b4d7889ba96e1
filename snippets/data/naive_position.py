from torch.utils.data import DataLoader


class CountsItself:
    def __init__(self, position=0):
        self.position = position

    def __iter__(self):
        for index in range(self.position, 24):
            self.position = index + 1
            yield index


for workers in (0, 2):
    sampler, used = CountsItself(), set()
    for batch in DataLoader(range(24), batch_size=2, sampler=sampler, num_workers=workers):
        used.update(batch.tolist())
        if len(used) == 6:  # the run stops here, and saves the position
            break
    saved = sampler.position
    resumed = set(CountsItself(saved))
    print(f"{workers} workers: saved {saved}, never used {sorted(set(range(24)) - used - resumed)}")
#> 0 workers: saved 6, never used []
#> 2 workers: saved 14, never used [6, 7, 8, 9, 10, 11, 12, 13]
