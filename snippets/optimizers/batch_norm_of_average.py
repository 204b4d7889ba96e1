import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1, momentum=1.0))
average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.5))
x = torch.randn(1000, 1)
for scale in (1.0, 3.0):
    nn.init.constant_(model[0].weight, scale)
    model(x)
    average.update_parameters(model)

print(average.module[0].weight.item())  # the average of 1 and 3
#> 2.0
print(torch.equal(average.module[1].running_var, model[1].running_var))
#> True
print(average.eval()(x).std().item() < 0.7)  # normalised with the variance of another net
#> True

update_bn([x], average)
print(round(average.eval()(x).std().item(), 2))
#> 1.0
