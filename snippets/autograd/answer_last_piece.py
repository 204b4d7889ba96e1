import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(6, 1).double()
x, target = torch.randn(20, 6).double(), torch.randn(20, 1).double()

nn.functional.mse_loss(net(x), target).backward()
big = net.weight.grad.clone()

net.zero_grad()
for xs, targets in zip(x.split(8), target.split(8)):
    loss = nn.functional.mse_loss(net(xs), targets)
    (loss * len(xs) / len(x)).backward()
    print(len(xs))
#> 8
#> 8
#> 4
print(torch.allclose(net.weight.grad, big, rtol=1e-12))
#> True
