import torch


def lines_read(tensor, line=64):
    """Count the cache lines that hold at least one element of `tensor`."""
    elements = tensor.untyped_storage().nbytes() // tensor.itemsize
    places = torch.arange(elements)
    layout = tensor.shape, tensor.stride(), tensor.storage_offset()
    seen = places.as_strided(*layout)
    return (seen * tensor.itemsize // line).unique().numel()


x = torch.zeros(1024, 1024)
for name, y in {
    "x[0]": x[0],
    "x[:, 0]": x[:, 0],
    "x[:, 0].contiguous()": x[:, 0].contiguous(),
    "x.t()": x.t(),
    "x": x,
}.items():
    print(f"{name:20} {y.numel():7} elements {lines_read(y):6} lines")
#> x[0]                    1024 elements     64 lines
#> x[:, 0]                 1024 elements   1024 lines
#> x[:, 0].contiguous()    1024 elements     64 lines
#> x.t()                1048576 elements  65536 lines
#> x                    1048576 elements  65536 lines
