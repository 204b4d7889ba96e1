import torch

weight = torch.zeros(1, requires_grad=True)
optimizer = torch.optim.SGD([weight], lr=0.1)
scaler = torch.amp.GradScaler("cpu")
for _ in range(200):
    optimizer.zero_grad()
    loss = (weight / weight).sum()  # 0 / 0
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
print(weight.item(), scaler.get_scale())
#> 0.0 0.0
