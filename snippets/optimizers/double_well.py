import torch

import reference_impl.optimizers as ours


def share_right(start, noise, schedule):
    """500 runs from one well of (x*x - 1)**2 - 0.3*x; the right one is deeper."""
    generator = torch.Generator().manual_seed(0)
    x = torch.full((500,), start, requires_grad=True)
    optimizer = ours.SGD([x], lr=0.1)
    scheduler = ours.Scheduler(optimizer, schedule)
    for _ in range(300):
        p = x.detach()
        x.grad = 4 * p * (p * p - 1) - 0.3 + noise * torch.randn(500, generator=generator)
        optimizer.step()
        scheduler.step()
    return (x > 0).float().mean().item()


for name, start, noise in [("left", -1.0, 0.0), ("left", -1.0, 3.0), ("right", 1.0, 3.0)]:
    once = share_right(start, noise, ours.cosine(300))
    restarts = share_right(start, noise, ours.warm_restarts(100))
    print(f"from the {name}, noise {noise}: {once:.2f} {restarts:.2f}")
#> from the left, noise 0.0: 0.00 0.00
#> from the left, noise 3.0: 0.75 0.67
#> from the right, noise 3.0: 0.80 0.72
