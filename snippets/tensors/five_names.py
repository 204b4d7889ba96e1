import torch

x = torch.arange(12).view(3, 4)
made = {
    "x": x,
    "x.view(2, 6)": x.view(2, 6),
    "x.reshape(2, 6)": x.reshape(2, 6),
    "x.transpose(0, 1)": x.transpose(0, 1),
    "x.T": x.T,
    "x.permute(1, 0)": x.permute(1, 0),
    "x[1:].T": x[1:].T,
    "x.T.reshape(12)": x.T.reshape(12),
}
print(f"{'':17} {'shape':6} {'stride':6} offset storage")
#>                   shape  stride offset storage
for name, y in made.items():
    same = y.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    storage = "same" if same else "new"
    shape, stride = str(tuple(y.shape)), str(y.stride())
    print(f"{name:17} {shape:6} {stride:6} {y.storage_offset():6} {storage}")
#> x                 (3, 4) (4, 1)      0 same
#> x.view(2, 6)      (2, 6) (6, 1)      0 same
#> x.reshape(2, 6)   (2, 6) (6, 1)      0 same
#> x.transpose(0, 1) (4, 3) (1, 4)      0 same
#> x.T               (4, 3) (1, 4)      0 same
#> x.permute(1, 0)   (4, 3) (1, 4)      0 same
#> x[1:].T           (4, 2) (1, 4)      4 same
#> x.T.reshape(12)   (12,)  (1,)        0 new
