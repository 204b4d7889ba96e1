import torch

x = torch.arange(12, dtype=torch.float32).view(3, 4)
y = x[1:, 2:]
print(tuple(y.shape), y.stride(), y.storage_offset())
#> (2, 2) (4, 1) 6
print(y)
#> tensor([[ 6.,  7.],
#>         [10., 11.]])
storage = y.untyped_storage()
print(storage.nbytes(), "bytes")
#> 48 bytes
print(storage.data_ptr() == x.untyped_storage().data_ptr())
#> True
print((y.data_ptr() - storage.data_ptr()) // y.itemsize)
#> 6
