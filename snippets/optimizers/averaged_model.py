import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

torch.manual_seed(0)
model = nn.Linear(8, 1)
average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.98))
optimizer = torch.optim.SGD(model.parameters(), lr=0.15)
truth, x_test = torch.randn(8), torch.randn(1000, 8)
losses = []
for step in range(1000):
    x = torch.randn(4, 8)
    y = x @ truth + torch.randn(4)  # noisy targets: the weights never come to rest
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x).squeeze(1), y).backward()
    optimizer.step()
    average.update_parameters(model)  # after the step
    if step >= 500:
        with torch.no_grad():
            errors = [
                (m(x_test).squeeze(1) - x_test @ truth).square().mean() for m in (model, average)
            ]
        losses.append(torch.stack(errors))
plain, averaged = torch.stack(losses).mean(0).tolist()
print(averaged < plain / 5)
#> True
