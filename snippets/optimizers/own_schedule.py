import torch
from torch.optim.lr_scheduler import LambdaLR


def wsd(step, warmup=3, stable=5, decay=4):
    rise = (step + 1) / (warmup + 1)
    fall = 1 - (step - warmup - stable) / decay
    return max(0.0, min(rise, 1.0, fall))


groups = [{"params": [torch.ones(1, requires_grad=True)], "lr": lr} for lr in (1.0, 0.1)]
optimizer = torch.optim.SGD(groups)
scheduler = LambdaLR(optimizer, wsd)
for step in range(14):
    if step in (0, 3, 7, 10, 13):
        print(step, [round(lr, 3) for lr in scheduler.get_last_lr()])
    optimizer.step()
    scheduler.step()
#> 0 [0.25, 0.025]
#> 3 [1.0, 0.1]
#> 7 [1.0, 0.1]
#> 10 [0.5, 0.05]
#> 13 [0.0, 0.0]
