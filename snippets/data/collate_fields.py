import torch
from torch.utils.data import DataLoader

from reference_impl.data import pad_batch

items = [
    {"ids": torch.tensor([5, 6, 7]), "tags": torch.tensor([1, 0, 2]), "name": "a"},
    {"ids": torch.tensor([8]), "tags": torch.tensor([2]), "name": "b"},
]


def collate(items):
    ids, mask = pad_batch([item["ids"] for item in items], value=0)
    tags, _ = pad_batch([item["tags"] for item in items], value=-100)
    return {"ids": ids, "mask": mask, "tags": tags, "names": [item["name"] for item in items]}


(batch,) = DataLoader(items, batch_size=2, collate_fn=collate)
print(batch["ids"].tolist(), batch["tags"].tolist(), batch["names"])
#> [[5, 6, 7], [8, 0, 0]] [[1, 0, 2], [2, -100, -100]] ['a', 'b']
