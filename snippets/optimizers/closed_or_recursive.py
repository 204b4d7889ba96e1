import torch
from torch.optim.lr_scheduler import ExponentialLR, LambdaLR

for build in (lambda o: ExponentialLR(o, 0.5), lambda o: LambdaLR(o, lambda step: 0.5**step)):
    optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    scheduler = build(optimizer)
    rates = []
    for step in range(4):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step == 1:
            optimizer.param_groups[0]["lr"] = 100.0  # somebody else's hand
        scheduler.step()
    print(type(scheduler).__name__, rates)
#> ExponentialLR [1.0, 0.5, 50.0, 25.0]
#> LambdaLR [1.0, 0.5, 0.25, 0.125]
