import torch

from reference_impl.data import DataLoader

rows = [{"ids": torch.tensor([5, 6, 7])}, {"ids": torch.tensor([8, 9])}]
next(iter(DataLoader(rows, batch_size=2)))
#! RuntimeError: cannot stack tensors of different shapes at item['ids']: (3,) in item 0, (2,) in item 1
