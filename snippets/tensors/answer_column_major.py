import torch

x = torch.zeros(3, 4)
y = x.t().contiguous().t()
print(y.stride(), y.is_contiguous(), y.t().is_contiguous())
#> (1, 3) False True
print(torch.equal(x, y), y.data_ptr() == x.data_ptr())
#> True False
