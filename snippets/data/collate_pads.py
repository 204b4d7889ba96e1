import torch
from torch.utils.data import DataLoader

from reference_impl.data import pad_batch

texts = [torch.arange(1, n + 1) for n in (3, 5, 2, 4)]

for batch in DataLoader(texts, batch_size=2, collate_fn=pad_batch):
    print(batch.ids.tolist(), batch.mask.sum(dim=1).tolist())
#> [[1, 2, 3, 0, 0], [1, 2, 3, 4, 5]] [3, 5]
#> [[1, 2, 0, 0], [1, 2, 3, 4]] [2, 4]
