from pathlib import Path

from torch.utils.data import DataLoader, default_collate, get_worker_info


def note(what):
    worker = get_worker_info()
    name = "main" if worker is None else f"worker {worker.id}"
    with Path(name).open("a") as file:  # one file for each process: between them there is no order
        file.write(f" {what}")


class Items:
    def __getitem__(self, index):
        note(f"get({index})")
        return index


def collate(items):
    note(f"collate({items})")
    return default_collate(items)


def sampler():
    for index in range(6):
        note(f"next={index}")
        yield index


for batch in DataLoader(Items(), 2, sampler=sampler(), collate_fn=collate, num_workers=2):
    pass
for name in ("main", "worker 0", "worker 1"):
    print(f"{name}:{Path(name).read_text()}")
#> main: next=0 next=1 next=2 next=3 next=4 next=5
#> worker 0: get(0) get(1) collate([0, 1]) get(4) get(5) collate([4, 5])
#> worker 1: get(2) get(3) collate([2, 3])
