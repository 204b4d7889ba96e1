import torch

x = torch.arange(24).view(2, 3, 4).permute(0, 2, 1)
print(tuple(x.shape), x.stride())
#> (2, 4, 3) (12, 1, 4)
for shape in [(2, 12), (2, 2, 2, 3), (8, 3), (2, 4, 1, 3)]:
    try:
        print(shape, x.view(shape).stride())
    except RuntimeError:
        print(shape, "refused")
#> (2, 12) refused
#> (2, 2, 2, 3) (12, 2, 1, 4)
#> (8, 3) refused
#> (2, 4, 1, 3) (12, 1, 12, 4)
