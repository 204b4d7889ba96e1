import torch

weight = torch.ones(1, requires_grad=True)
optimizer = torch.optim.SGD([weight], lr=1.0)
scaler = torch.amp.GradScaler("cpu", init_scale=4.0, growth_interval=1)
scaler.scale(weight.sum()).backward()  # a first micro-batch: its gradient is 1
scaler.unscale_(optimizer)
scaler.update()  # too early: the scale is now 8
scaler.scale(weight.sum()).backward()  # a second one: 1 again
scaler.unscale_(optimizer)
print(weight.grad.item())
#> 1.125
