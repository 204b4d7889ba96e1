import torch
from torch.optim.lr_scheduler import LinearLR


def build():
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    return optimizer, LinearLR(optimizer, start_factor=0.1, total_iters=9)


optimizer, scheduler = build()
for step in range(5):
    optimizer.step()
    scheduler.step()
saved = optimizer.state_dict(), scheduler.state_dict()
print(round(optimizer.param_groups[0]["lr"], 3), saved[1]["last_epoch"])
#> 0.6 5

optimizer, scheduler = build()
scheduler.load_state_dict(saved[1])
print(round(optimizer.param_groups[0]["lr"], 3))  # the rate itself is in the optimizer
#> 0.1
optimizer.load_state_dict(saved[0])
print(round(optimizer.param_groups[0]["lr"], 3))
#> 0.6
