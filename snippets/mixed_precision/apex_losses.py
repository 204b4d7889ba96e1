import torch


def gradient(*scales):
    """Return the gradient of a weight that two losses share, under one scaler or two."""
    w = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    scalers = [torch.amp.GradScaler("cpu", init_scale=scale) for scale in scales]
    for loss, scaler in zip([w.sum(), w.sum()], [scalers[0], scalers[-1]], strict=True):
        scaler.scale(loss).backward()  # loss_id=0, loss_id=1
    scalers[0].unscale_(optimizer)
    return w.grad.item()


print(f"one scaler {gradient(1024.0)}, two {gradient(1024.0, 4.0):.4f}")
#> one scaler 2.0, two 1.0039

weights = [torch.ones(1, requires_grad=True) for _ in range(2)]  # nothing shared
scalers = [torch.amp.GradScaler("cpu") for _ in range(2)]  # num_losses=2
losses = [weights[0].sum(), weights[1].sum() * float("inf")]
for loss, weight, scaler in zip(losses, weights, scalers, strict=True):
    scaler.scale(loss).backward()
    scaler.step(torch.optim.SGD([weight], lr=0.1))
    scaler.update()
print(f"{weights[0].item():.1f} {weights[1].item():.1f}", [s.get_scale() for s in scalers])
#> 0.9 1.0 [65536.0, 32768.0]
