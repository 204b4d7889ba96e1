import torch
from torch.optim.lr_scheduler import StepLR

w = torch.ones(1, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.8)
scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
rates = []
for step in range(6):
    rates.append(optimizer.param_groups[0]["lr"])
    optimizer.step()
    scheduler.step()
print(rates)
#> [0.8, 0.8, 0.4, 0.4, 0.2, 0.2]
