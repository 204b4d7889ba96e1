import torch
from torch import nn

net = nn.Linear(2, 2)
mean = torch.optim.swa_utils.AveragedModel(
    net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9)
)
mean.update_parameters(net)
print(list(mean.state_dict()))
#> ['n_averaged', 'module.weight', 'module.bias']
