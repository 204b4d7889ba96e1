import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU())
nn.init.constant_(net[2].bias, -1.0)
alive = {}


def count(module, args, output):
    seen = (output > 0).any(dim=0)
    alive[module] = alive.get(module, False) | seen


for module in net.modules():
    if isinstance(module, nn.ReLU):
        module.register_forward_hook(count)
with torch.no_grad():
    for _ in range(10):
        net(torch.randn(32, 8))
print([int((~units).sum()) for units in alive.values()])
#> [0, 14]
