import torch

torch.manual_seed(0)
grads = torch.randn(50, 4, dtype=torch.float64)


def run(make, scale):
    w = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    optimizer = make([w])
    for grad in grads:
        w.grad = scale * grad
        optimizer.step()
    return w.detach()


for name, make in {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.01),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "Adam, L2": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.1),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
}.items():
    print(f"{name:9}", torch.allclose(run(make, 1.0), run(make, 100.0), rtol=1e-4))
#> SGD       False
#> Adam      True
#> Adam, L2  False
#> AdamW     True
