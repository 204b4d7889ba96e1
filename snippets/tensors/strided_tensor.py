import torch

from reference_impl.tensors import StridedTensor

for library in (torch, StridedTensor):
    x = library.arange(12).view(3, 4)
    y = x[1:, ::2].t()
    y.fill_(0)
    print(y.stride(), y.storage_offset(), x.tolist())
#> (2, 4) 4 [[0, 1, 2, 3], [0, 5, 0, 7], [0, 9, 0, 11]]
#> (2, 4) 4 [[0, 1, 2, 3], [0, 5, 0, 7], [0, 9, 0, 11]]
