import torch
from torch.optim.lr_scheduler import LinearLR

first = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
scheduler = LinearLR(first, start_factor=0.1, total_iters=9)
for step in range(5):
    first.step()
    scheduler.step()

optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
optimizer.load_state_dict(first.state_dict())
again = LinearLR(optimizer, start_factor=0.1, total_iters=9)  # writes to the loaded rate
again.load_state_dict(scheduler.state_dict())
for step in range(4):
    optimizer.step()
    again.step()
print(round(optimizer.param_groups[0]["lr"], 3))  # it should have reached 1.0
#> 0.1
