import torch

import reference_impl.optimizers as ours

torch.manual_seed(0)
noise = torch.randn(400, 500)


def losses(schedule):
    w = torch.full((500,), 3.0, requires_grad=True)  # 500 runs side by side
    optimizer = ours.SGD([w], lr=0.3)
    scheduler = ours.Scheduler(optimizer, schedule)
    result = {}
    for n, shaking in enumerate(noise, start=1):
        w.grad = w.detach() + shaking  # the slope of w**2 / 2, with noise
        optimizer.step()
        scheduler.step()
        result[n] = (w.detach() ** 2 / 2).mean().item()
    return result


restarts, once = losses(ours.warm_restarts(100)), losses(ours.cosine(400))
for n in (100, 110, 200, 300, 400):
    print(n, f"{restarts[n]:.3f} {once[n]:.3f}", restarts[n] < once[n])
#> 100 0.012 0.077 True
#> 110 0.092 0.075 False
#> 200 0.013 0.044 True
#> 300 0.012 0.014 True
#> 400 0.012 0.005 False
