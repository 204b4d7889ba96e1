import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from reference_impl.optimizers import AveragedWeights

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
ours = AveragedWeights(model, decay=0.9)
theirs = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(100):
    optimizer.zero_grad()
    model(torch.randn(8, 3)).square().sum().backward()
    optimizer.step()
    for average in (ours, theirs):
        average.update_parameters(model)
a, b = ours.state_dict(), theirs.state_dict()
print(a.keys() == b.keys(), all(torch.allclose(a[key], b[key]) for key in a))
#> True True
