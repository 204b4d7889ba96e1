import torch

weight = torch.ones(2, requires_grad=True)
optimizer = torch.optim.SGD([weight], lr=0.1)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=3)
for step, factor in enumerate([1, 1, 1, float("inf"), 1, float("nan"), 1, 1, 1]):
    optimizer.zero_grad()
    before = weight[0].item()
    scaler.scale((weight * factor).sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    print(step, "stepped" if weight[0].item() != before else "skipped", scaler.get_scale())
#> 0 stepped 1024.0
#> 1 stepped 1024.0
#> 2 stepped 2048.0
#> 3 skipped 1024.0
#> 4 stepped 1024.0
#> 5 skipped 512.0
#> 6 stepped 512.0
#> 7 stepped 512.0
#> 8 stepped 1024.0
