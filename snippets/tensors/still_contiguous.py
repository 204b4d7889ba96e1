import torch

x = torch.zeros(2, 1, 3)
for y in (x.transpose(0, 1), x.transpose(0, 2), x[1:], x[:, :, 1:], x[:0].transpose(0, 2)):
    print(tuple(y.shape), y.stride(), y.is_contiguous())
#> (1, 2, 3) (3, 3, 1) True
#> (3, 1, 2) (1, 3, 3) False
#> (1, 1, 3) (3, 3, 1) True
#> (2, 1, 2) (3, 3, 1) False
#> (3, 1, 0) (1, 3, 3) True
