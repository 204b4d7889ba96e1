import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
warmup, total = 4, 12
scheduler = SequentialLR(
    optimizer,
    [
        LinearLR(optimizer, start_factor=0.25, total_iters=warmup),
        CosineAnnealingLR(optimizer, T_max=total - warmup),
    ],
    milestones=[warmup],
)
rates = []
for step in range(total + 1):
    rates.append(round(optimizer.param_groups[0]["lr"], 3))
    optimizer.step()
    scheduler.step()
print(rates)
#> [0.25, 0.438, 0.625, 0.812, 1.0, 0.962, 0.854, 0.691, 0.5, 0.309, 0.146, 0.038, 0.0]
