import torch
from torch.optim.lr_scheduler import ExponentialLR

optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
scheduler = ExponentialLR(optimizer, gamma=0.5)
scheduler.step()
#! UserWarning: Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0
print(optimizer.param_groups[0]["lr"])  # the rate of the first optimizer step
#> 0.5
