from itertools import product

import torch

x = torch.arange(100, 124).view(2, 3, 4).permute(2, 0, 1)[1:]
stored = x.as_strided((24,), (1,), 0)  # the whole storage, in order


def place(index):
    steps = zip(index, x.stride(), strict=True)
    return x.storage_offset() + sum(i * stride for i, stride in steps)


every_index = list(product(*map(range, x.shape)))
print(tuple(x.shape), x.stride(), x.storage_offset())
#> (3, 2, 3) (1, 12, 4) 1
print([place(index) for index in every_index][:6])
#> [1, 5, 9, 13, 17, 21]
print(all(x[index] == stored[place(index)] for index in every_index))
#> True
