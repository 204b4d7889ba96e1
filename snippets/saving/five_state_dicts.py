import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=5)
scaler = torch.amp.GradScaler("cpu")

scaler.scale(net(torch.randn(4, 2)).square().mean()).backward()
scaler.step(optimizer), scaler.update(), scheduler.step()

for name, value in net.state_dict().items():
    print(name, tuple(value.shape))
#> 0.weight (3, 2)
#> 0.bias (3,)
#> 1.weight (3,)
#> 1.bias (3,)
#> 1.running_mean (3,)
#> 1.running_var (3,)
#> 1.num_batches_tracked ()
print(optimizer.state_dict().keys())
#> dict_keys(['state', 'param_groups'])
print(scheduler.state_dict().keys())
#> dict_keys(['step_size', 'gamma', 'base_lrs', 'last_epoch', '_step_count', '_is_initial', '_get_lr_called_within_step', '_last_lr'])
print(scaler.state_dict())
#> {'scale': 65536.0, 'growth_factor': 2.0, 'backoff_factor': 0.5, 'growth_interval': 2000, '_growth_tracker': 1}
print(torch.get_rng_state().shape)
#> torch.Size([5056])
