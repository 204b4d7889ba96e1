import torch
from torch.optim.lr_scheduler import StepLR

optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
StepLR(optimizer, step_size=30, last_epoch=60)
#! KeyError: "param 'initial_lr' is not specified in param_groups[0] when resuming scheduler
