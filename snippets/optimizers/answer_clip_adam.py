import torch
from torch.nn.utils import clip_grad_norm_

torch.manual_seed(0)
grads = torch.randn(100, 5, dtype=torch.float64)
grads[50] *= 1000  # one outlier


def run(max_norm):
    w = torch.zeros(5, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=0.01)
    for grad in grads:
        w.grad = grad.clone()
        clip_grad_norm_([w], max_norm)
        optimizer.step()
    return w.detach(), optimizer.state[w]["exp_avg_sq"].max().item()


always, again, rarely = run(1e-3), run(1e-4), run(20.0)
print(torch.allclose(always[0], again[0], rtol=1e-2))
#> True
print(rarely[1] < 2 < run(float("inf"))[1])
#> True
