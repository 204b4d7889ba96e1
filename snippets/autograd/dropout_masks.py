import torch

torch.manual_seed(0)
x, target = torch.randn(32, 6).double(), torch.randn(32).double()
w = torch.randn(6).double().requires_grad_()


def grad(masks):
    w.grad = None
    parts = len(masks)
    for xs, targets, mask in zip(x.chunk(parts), target.chunk(parts), masks):
        (((xs * mask) @ w - targets).pow(2).sum() / 32).backward()
    return w.grad.clone()


def draw(rows):
    return (torch.rand(rows, 6).double() < 0.9) / 0.9


mask = draw(32)
big = grad([mask])
print(torch.allclose(grad(mask.chunk(4)), big, rtol=1e-12))
#> True

for name, sizes in {"big batch": [32], "in parts": [8] * 4}.items():
    grads = torch.stack([grad([draw(n) for n in sizes]) for _ in range(1000)])
    mean = grads.mean(0)
    spread = (grads - mean).norm(dim=1).mean() / mean.norm()
    print(f"{name}: mean {mean[:3].numpy().round(1)}, spread {spread:.2f}")
#> big batch: mean [-0.9 -0.4  0.3], spread 0.23
#> in parts: mean [-0.9 -0.4  0.3], spread 0.23
