import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(6, 1).double()
x, target = torch.randn(32, 6).double(), torch.randn(32, 1).double()
mean_loss = nn.MSELoss()


def accumulated(divide_by):
    net.zero_grad()
    for xs, targets in zip(x.split(8), target.split(8)):
        (mean_loss(net(xs), targets) / divide_by).backward()
    return net.weight.grad.clone()


net.zero_grad()
mean_loss(net(x), target).backward()
big = net.weight.grad.clone()

print(torch.allclose(accumulated(divide_by=4), big, rtol=1e-12))
#> True
print(torch.allclose(accumulated(divide_by=1), 4 * big, rtol=1e-12))
#> True
