import torch

x = torch.arange(6).view(2, 3).t()
for y in (x.clone(), x.clone(memory_format=torch.contiguous_format), x + 0, x[::2].clone()):
    print(y.stride(), y.is_contiguous())
#> (1, 3) False
#> (2, 1) True
#> (1, 3) False
#> (1, 2) False
