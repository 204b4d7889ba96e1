import torch

weight = torch.ones(1, requires_grad=True)
optimizer = torch.optim.SGD([weight], lr=0.1)
scaler = torch.amp.GradScaler("cpu", init_scale=128.0)
for factor in (1.0, float("inf"), 1.0):
    optimizer.zero_grad()
    scaler.scale((weight * factor).sum()).backward()
    scaler.step(optimizer)
    scaler.update(128.0)
    print(f"{weight.item():.1f}", scaler.get_scale())
#> 0.9 128.0
#> 0.9 128.0
#> 0.8 128.0
