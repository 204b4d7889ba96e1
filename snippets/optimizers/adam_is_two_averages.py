import torch

from reference_impl.optimizers import ExponentialMovingAverage

torch.manual_seed(0)
w = torch.zeros(3, dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.Adam([w], lr=0.01)
mean = ExponentialMovingAverage(0.9, bias_correction=True)
square = ExponentialMovingAverage(0.999, bias_correction=True)
p = torch.zeros(3, dtype=torch.float64)
for grad in torch.randn(200, 3, dtype=torch.float64):
    w.grad = grad
    optimizer.step()
    p = p - 0.01 * mean.update(grad) / (square.update(grad**2).sqrt() + 1e-8)
print(torch.allclose(w, p))
#> True
print(torch.allclose(optimizer.state[w]["exp_avg"], mean.raw))
#> True
