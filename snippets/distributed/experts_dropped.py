import torch

from reference_impl.distributed import MixtureOfExperts

torch.manual_seed(0)
layer = MixtureOfExperts(dim=8, hidden=32, experts=4, factor=0.5)
x = torch.randn(1, 32, 8)
out, routing = layer(x)
dropped = ~routing.kept.squeeze(-1)
y = x + out  # the residual connection of the block
print(dropped.sum().item(), torch.equal(y[dropped], x[dropped]))
#> 16 True
print((y[~dropped] != x[~dropped]).any(-1).all())
#> tensor(True)
