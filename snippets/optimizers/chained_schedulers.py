import torch
from torch.optim.lr_scheduler import ChainedScheduler, ConstantLR, ExponentialLR

optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
parts = [ConstantLR(optimizer, factor=0.5, total_iters=3), ExponentialLR(optimizer, gamma=0.9)]
scheduler = ChainedScheduler(parts, optimizer)
rates = []
for step in range(6):
    rates.append(round(optimizer.param_groups[0]["lr"], 4))
    optimizer.step()
    scheduler.step()
print(rates)
#> [0.5, 0.45, 0.405, 0.729, 0.6561, 0.5905]
