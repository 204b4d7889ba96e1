import torch

weights = [torch.ones(1, requires_grad=True) for _ in range(2)]
optimizers = [torch.optim.SGD([w], lr=0.1) for w in weights]
scalers = [torch.amp.GradScaler("cpu") for _ in range(2)]  # num_losses=2
losses = [weights[0].sum(), weights[1].sum() * float("inf")]
for loss, optimizer, scaler in zip(losses, optimizers, scalers, strict=True):
    scaler.scale(loss).backward()  # loss_id=0, loss_id=1
    scaler.step(optimizer)
    scaler.update()
print([w.item() for w in weights], [s.get_scale() for s in scalers])
#> [0.8999999761581421, 1.0] [65536.0, 32768.0]
