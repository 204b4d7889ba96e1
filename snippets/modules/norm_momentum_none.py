import torch
from torch import nn

torch.manual_seed(0)
batches = torch.randn(50, 16, 1) + 3
usual, cumulative = nn.BatchNorm1d(1), nn.BatchNorm1d(1, momentum=None)
for count, batch in enumerate(batches, start=1):
    usual(batch), cumulative(batch)
    if count in (1, 10, 50):
        print(count, f"{usual.running_mean.item():.2f} {cumulative.running_mean.item():.2f}")
#> 1 0.29 2.88
#> 10 1.96 3.02
#> 50 3.05 3.07
print(torch.allclose(cumulative.running_mean, batches.mean()))
#> True
