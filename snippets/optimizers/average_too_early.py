import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

torch.manual_seed(0)
model = nn.Linear(4, 1)
average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9999))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(64, 4)
y = x.sum(1, keepdim=True)
for _ in range(300):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x), y).backward()
    optimizer.step()
    average.update_parameters(model)
for m in (model, average):
    print(nn.functional.mse_loss(m(x), y).item() < 0.01)
#> True
#> False
