import torch
from torch.optim.lr_scheduler import CosineAnnealingLR

optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
scheduler = CosineAnnealingLR(optimizer, T_max=100)
used = []
for step in range(100):
    used.append(optimizer.param_groups[0]["lr"])
    optimizer.step()
    scheduler.step()
print(used[0], 0 < used[-1] < 0.001, abs(optimizer.param_groups[0]["lr"]) < 1e-9)
#> 1.0 True True
