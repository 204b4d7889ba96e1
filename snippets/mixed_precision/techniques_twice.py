import torch

weight = torch.ones(1, requires_grad=True)
optimizer = torch.optim.SGD([weight], lr=1.0)
scaler = torch.amp.GradScaler("cpu")
for _ in range(2):  # two micro-batches
    scaler.scale(weight.sum()).backward()
    scaler.unscale_(optimizer)
#! RuntimeError: unscale_() has already been called on this optimizer since the last update().
