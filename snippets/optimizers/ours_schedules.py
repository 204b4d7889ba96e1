import torch
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts

import reference_impl.optimizers as ours

params = [torch.ones(1, requires_grad=True)]
first, second = torch.optim.SGD(params, lr=0.1), torch.optim.SGD(params, lr=0.1)
theirs = CosineAnnealingWarmRestarts(first, T_0=10, T_mult=2)
mine = ours.Scheduler(second, ours.warm_restarts(10, multiply=2))
equal = []
for step in range(200):
    equal.append(abs(first.param_groups[0]["lr"] - second.param_groups[0]["lr"]) < 1e-12)
    for each in (first, theirs, second, mine):
        each.step()
print(all(equal), ours.warm_restarts(10, multiply=2)(70, 0.1))
#> True 0.1
