import torch

column, row = torch.arange(3).view(3, 1), torch.arange(4)
a, b = torch.broadcast_tensors(column, row)
print(a.stride(), b.stride())
#> (1, 0) (0, 1)
print(a.data_ptr() == column.data_ptr(), b.data_ptr() == row.data_ptr())
#> True True
print(torch.equal(column + row, a + b))
#> True
