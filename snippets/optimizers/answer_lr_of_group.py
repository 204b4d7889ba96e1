import torch
from torch.optim.lr_scheduler import CosineAnnealingLR

groups = [{"params": [torch.ones(1, requires_grad=True)], "lr": lr} for lr in (1.0, 0.01)]
optimizer = torch.optim.SGD(groups)
scheduler = CosineAnnealingLR(optimizer, T_max=10, eta_min=0.1)
for step in range(10):
    optimizer.step()
    scheduler.step()
print([round(lr, 3) for lr in scheduler.get_last_lr()])
#> [0.1, 0.1]
