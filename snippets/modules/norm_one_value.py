import torch
from torch import nn

norm = nn.BatchNorm1d(3)
print(norm.eval()(torch.ones(1, 3)).shape, nn.LayerNorm(3)(torch.ones(1, 3)).shape)
#> torch.Size([1, 3]) torch.Size([1, 3])
norm.train()(torch.ones(1, 3))
#! ValueError: Expected more than 1 value per channel when training, got input size torch.Size([1, 3])
