from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

model = nn.Linear(1, 1, bias=False)
average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
for value in (5.0, 6.0):
    nn.init.constant_(model.weight, value)
    average.update_parameters(model)
    print(average.n_averaged.item(), round(average.module.weight.item(), 2))
#> 1 5.0
#> 2 5.1
print(list(average.state_dict()))
#> ['n_averaged', 'module.weight']
