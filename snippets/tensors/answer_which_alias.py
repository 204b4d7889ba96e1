import torch

x = torch.arange(12).view(3, 4)
for name, y in {
    "x[2]": x[2],
    "x[2:3]": x[2:3],
    "x[[2]]": x[[2]],
    "x[2, None]": x[2, None],
    "x[True]": x[True],
    "x[2, 3]": x[2, 3],
}.items():
    shared = y.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    print(f"{name:10} {tuple(y.shape)!s:10} {'alias' if shared else 'copy'}")
#> x[2]       (4,)       alias
#> x[2:3]     (1, 4)     alias
#> x[[2]]     (1, 4)     copy
#> x[2, None] (1, 4)     alias
#> x[True]    (1, 3, 4)  copy
#> x[2, 3]    ()         alias
