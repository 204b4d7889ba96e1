import torch

x = torch.zeros(2)
for y in (x.to(torch.float32), x.float(), x.cpu(), torch.as_tensor(x)):
    print(y is x)
#> True
#> True
#> True
#> True
print(x.to(torch.float32, copy=True) is x, x.to(torch.float64).data_ptr() == x.data_ptr())
#> False False
