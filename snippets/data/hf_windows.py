# requires: datasets
import torch
from datasets import Dataset, disable_progress_bars

from reference_impl.data import windows

disable_progress_bars()
texts = [list(range(10, 24)), [30, 31], list(range(40, 49))]
dataset = Dataset.from_dict({"name": ["long", "short", "mid"], "ids": texts})


def to_windows(batch):
    rows = {"name": [], "ids": [], "places": []}
    for name, ids in zip(batch["name"], batch["ids"]):
        cut = windows(torch.tensor(ids), size=8, overlap=2, prefix=[1], suffix=[2])
        rows["name"] += [name] * len(cut.ids)
        rows["ids"] += [row.tolist() for row in cut.ids]
        rows["places"] += [places.tolist() for places in cut.places]
    return rows


rows = dataset.map(to_windows, batched=True, remove_columns=dataset.column_names)
print(len(dataset), len(rows))
#> 3 6
for row in rows:
    print(row["name"], row["ids"])
#> long [1, 10, 11, 12, 13, 14, 15, 2]
#> long [1, 14, 15, 16, 17, 18, 19, 2]
#> long [1, 18, 19, 20, 21, 22, 23, 2]
#> short [1, 30, 31, 2]
#> mid [1, 40, 41, 42, 43, 44, 45, 2]
#> mid [1, 44, 45, 46, 47, 48, 2]
