import torch

from reference_impl.tensors import memory_chunks

x = torch.arange(24).view(2, 3, 4)
for name, y in {
    "x": x,
    "x.transpose(0, 2)": x.transpose(0, 2),
    "x.transpose(0, 1)": x.transpose(0, 1),
    "x.permute(2, 0, 1)": x.permute(2, 0, 1),
    "x[:, :, :2]": x[:, :, :2],
}.items():
    print(f"{name:18} {memory_chunks(tuple(y.shape), y.stride())[::-1]}")
#> x                  [(24, 1)]
#> x.transpose(0, 2)  [(4, 1), (3, 4), (2, 12)]
#> x.transpose(0, 1)  [(3, 4), (2, 12), (4, 1)]
#> x.permute(2, 0, 1) [(4, 1), (6, 4)]
#> x[:, :, :2]        [(6, 4), (2, 1)]
