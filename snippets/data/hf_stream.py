# requires: datasets
import os

os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["HF_HOME"] = "hf_home"
import datasets
from torch.utils.data import DataLoader

table = datasets.Dataset.from_dict({"n": list(range(8))})
print(table.shuffle(seed=0)["n"][:])
#> [2, 4, 3, 6, 5, 0, 1, 7]

stream = table.to_iterable_dataset(num_shards=2)
print(type(stream).__name__, [row["n"] for row in stream])
#> IterableDataset [0, 1, 2, 3, 4, 5, 6, 7]
print([row["n"] for row in stream.shuffle(seed=0, buffer_size=3)])
#> [1, 0, 2, 5, 3, 4, 6, 7]
for workers in (0, 2):
    loader = DataLoader(stream, batch_size=2, num_workers=workers)
    print(workers, "workers:", *(batch["n"].tolist() for batch in loader))
#> 0 workers: [0, 1] [2, 3] [4, 5] [6, 7]
#> 2 workers: [0, 1] [4, 5] [2, 3] [6, 7]
