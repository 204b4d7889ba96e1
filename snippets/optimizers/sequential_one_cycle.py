import torch
from torch.optim.lr_scheduler import ConstantLR, OneCycleLR, SequentialLR

optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
steady = ConstantLR(optimizer, factor=1.0)
cycle = OneCycleLR(optimizer, max_lr=1.0, total_steps=100)
SequentialLR(optimizer, [steady, cycle], milestones=[50])
group = optimizer.param_groups[0]
print(group["lr"], group["momentum"])  # 1.0 and 0 were meant
#> 0.04 0.95
