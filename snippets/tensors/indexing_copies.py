import torch

x = torch.zeros(3, 4)
x[[0, 2]].fill_(1)  # fills a copy, which is then dropped
print(x.sum())
#> tensor(0.)
x[x == 0].fill_(1)  # the same mistake with a mask
print(x.sum())
#> tensor(0.)
x[[0, 2]] = 1  # an assignment writes into x itself
print(x.sum())
#> tensor(8.)
