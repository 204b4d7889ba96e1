import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
x = torch.randn(16, 4)

hidden = net[1](net[0](x))
loss = net[2](hidden).pow(2).mean()
loss.backward()

for name, p in net.named_parameters():
    print(f"{name:8} {p.is_leaf} {tuple(p.grad.shape)}")
#> 0.weight True (8, 4)
#> 0.bias   True (8,)
#> 2.weight True (1, 8)
#> 2.bias   True (1,)
print(hidden.is_leaf, hidden.grad)
#! UserWarning: The .grad attribute of a Tensor that is not a leaf
#> False None
