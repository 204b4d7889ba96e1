import torch


def scaled(x):
    y = x.contiguous()
    y *= 2
    return y


for x in (torch.ones(2, 3), torch.ones(3, 2).t()):
    scaled(x)
    print(x.sum())
#> tensor(12.)
#> tensor(6.)
