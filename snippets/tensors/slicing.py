import torch

x = torch.arange(24).view(4, 6)
cuts = {
    "x[1]": x[1],
    "x[:, 1]": x[:, 1],
    "x[1:3]": x[1:3],
    "x[::2, 1::3]": x[::2, 1::3],
    "x[..., None]": x[..., None],
    "x[2, 5]": x[2, 5],
}
for name, y in cuts.items():
    assert y.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    print(f"{name:12} {tuple(y.shape)!s:9} {y.stride()!s:9} {y.storage_offset()}")
#> x[1]         (6,)      (1,)      6
#> x[:, 1]      (4,)      (6,)      1
#> x[1:3]       (2, 6)    (6, 1)    6
#> x[::2, 1::3] (2, 2)    (12, 3)   1
#> x[..., None] (4, 6, 1) (6, 1, 1) 0
#> x[2, 5]      ()        ()        17
