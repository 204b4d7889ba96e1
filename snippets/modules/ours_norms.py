import torch
from torch import nn

from reference_impl.modules.norms import BatchNorm1d

torch.manual_seed(0)
ours, theirs = BatchNorm1d(4), nn.BatchNorm1d(4)
for _ in range(20):
    x = torch.randn(8, 4) * 2 + 1
    ours(x), theirs(x)
theirs.load_state_dict(ours.state_dict())
x = torch.randn(3, 4)
print(torch.allclose(ours.eval()(x), theirs.eval()(x), atol=1e-6))
#> True
print(list(ours.state_dict()) == list(theirs.state_dict()))
#> True
