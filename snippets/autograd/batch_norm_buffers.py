import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(32, 3)

once, four_times = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
once(x)
for part in x.chunk(4):
    four_times(part)

print(once.num_batches_tracked, four_times.num_batches_tracked)
#> tensor(1) tensor(4)
print(torch.allclose(once.running_mean, four_times.running_mean))
#> False
