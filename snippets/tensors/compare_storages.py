import torch

x = torch.arange(6)
tail = x[2:]
print(tail.data_ptr() == x.data_ptr())
#> False
print(tail.untyped_storage().data_ptr() == x.untyped_storage().data_ptr())
#> True
left, right = x[:3], x[3:]
left.fill_(0)
print(right)
#> tensor([3, 4, 5])
