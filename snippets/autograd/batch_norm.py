import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(32, 6).double()
target = torch.randn(32, 1).double()


def gap(norm, training=True):
    net = nn.Sequential(nn.Linear(6, 8), norm, nn.Tanh(), nn.Linear(8, 1))
    net.double().train(training)
    grads = []
    for pieces in (1, 4):
        net.zero_grad()
        for xs, targets in zip(x.chunk(pieces), target.chunk(pieces)):
            (nn.functional.mse_loss(net(xs), targets) / pieces).backward()
        grads.append(net[0].weight.grad.clone())
    big, accumulated = grads
    return ((accumulated - big).norm() / big.norm()).item()


print(f"BatchNorm, train: {gap(nn.BatchNorm1d(8)):.3f}")
#> BatchNorm, train: 0.750
print("BatchNorm, eval is exact:", gap(nn.BatchNorm1d(8), False) < 1e-12)
#> BatchNorm, eval is exact: True
print("LayerNorm is exact:", gap(nn.LayerNorm(8)) < 1e-12)
#> LayerNorm is exact: True
print("GroupNorm is exact:", gap(nn.GroupNorm(2, 8)) < 1e-12)
#> GroupNorm is exact: True
