import torch

from reference_impl.data import windows

text = torch.arange(10, 24)  # 14 tokens
rows = windows(text, size=8, overlap=2, prefix=[1], suffix=[2])

for ids, places in zip(rows.ids, rows.places):
    print(ids.tolist(), places.tolist())
#> [1, 10, 11, 12, 13, 14, 15, 2] [-1, 0, 1, 2, 3, 4, 5, -1]
#> [1, 14, 15, 16, 17, 18, 19, 2] [-1, 4, 5, 6, 7, 8, 9, -1]
#> [1, 18, 19, 20, 21, 22, 23, 2] [-1, 8, 9, 10, 11, 12, 13, -1]
