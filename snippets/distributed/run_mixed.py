import torch
from torch import nn

torch.manual_seed(0)
stage, x = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3)), torch.randn(4, 3)
first, second = stage[0].weight, stage[2].weight


def gradient():
    return torch.autograd.grad(stage(x).square().sum(), first)[0]


old = gradient()
loss = stage(x).square().sum()  # forward with the old weights
second.data -= 0.5 * torch.randn(3, 3)  # an update in between
mixed = torch.autograd.grad(loss, first)[0]  # backward with the new ones
print(torch.allclose(mixed, old), torch.allclose(mixed, gradient()))
#> False False
