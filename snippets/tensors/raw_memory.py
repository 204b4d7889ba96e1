import ctypes

import torch

x = torch.arange(6, dtype=torch.uint8).view(2, 3).t()
for y in (x, x.contiguous()):
    print(y.flatten().tolist(), list(ctypes.string_at(y.data_ptr(), 6)))
#> [0, 3, 1, 4, 2, 5] [0, 1, 2, 3, 4, 5]
#> [0, 3, 1, 4, 2, 5] [0, 3, 1, 4, 2, 5]
