import torch

weight = torch.ones(1, requires_grad=True)
optimizer = torch.optim.SGD([weight], lr=0.0)
scaler = torch.amp.GradScaler("cpu", growth_interval=1)


def step(new_scale=None, factor=1.0):
    optimizer.zero_grad()
    scaler.scale((weight * factor).sum()).backward()
    scaler.step(optimizer)
    scaler.update(new_scale)


step()
print(scaler.state_dict())  # amp.state_dict()
#> {'scale': 131072.0, 'growth_factor': 2.0, 'backoff_factor': 0.5, 'growth_interval': 1, '_growth_tracker': 0}
for _ in range(20):
    step()
print("no limit:", scaler.get_scale())
#> no limit: 137438953472.0
for _ in range(20):
    step()
    scaler.update(min(scaler.get_scale(), 2.0**24))  # max_loss_scale=2.**24
print("a limit: ", scaler.get_scale())
#> a limit:  16777216.0
for _ in range(40):
    step(factor=float("inf"))
    scaler.update(max(scaler.get_scale(), 1.0))  # min_loss_scale=1.0
print("a floor: ", scaler.get_scale())
#> a floor:  1.0
for _ in range(2):
    step(128.0)  # loss_scale=128.0
print("static:  ", scaler.get_scale())
#> static:   128.0
