import torch
from torch.optim.lr_scheduler import ChainedScheduler, ConstantLR, ExponentialLR, SequentialLR

optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
warmup = ConstantLR(optimizer, factor=0.1, total_iters=1000)
rest = ChainedScheduler([ConstantLR(optimizer, 0.5), ExponentialLR(optimizer, 0.99)], optimizer)
scheduler = SequentialLR(optimizer, [warmup, rest], milestones=[1000])
for step in range(999):
    optimizer.step()
    scheduler.step()
print("999 steps without a word")
#> 999 steps without a word
scheduler.step()
#! NotImplementedError
