import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR

optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
scheduler = CosineAnnealingLR(optimizer, T_max=4)
rates = []
for step in range(9):
    rates.append(abs(round(optimizer.param_groups[0]["lr"], 2)))
    optimizer.step()
    scheduler.step()
print(rates)
#> [1.0, 0.85, 0.5, 0.15, 0.0, 0.15, 0.5, 0.85, 1.0]

scheduler = OneCycleLR(optimizer, max_lr=1.0, total_steps=8, cycle_momentum=False)
for step in range(9):
    optimizer.step()
    scheduler.step()
#! ValueError: Tried to step 9 times. The specified number of total steps is 8
