import torch

x = torch.zeros(3, 0).t()
print(x.view(5, 0, 2).stride(), x.view(-1).shape)
#> (2, 2, 1) torch.Size([0])
x.view(0, -1)
#! RuntimeError: cannot reshape tensor of 0 elements into shape [0, -1] because the unspecified
