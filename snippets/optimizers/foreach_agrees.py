import torch

torch.manual_seed(0)
grads = torch.randn(100, 10)
ends = []
for options in ({"foreach": False}, {"foreach": True}, {"fused": True}):
    w = torch.zeros(10, requires_grad=True)
    optimizer = torch.optim.AdamW([w], lr=0.01, **options)
    for grad in grads:
        w.grad = grad
        optimizer.step()
    ends.append(w.detach())
print(torch.allclose(ends[0], ends[1]), torch.allclose(ends[0], ends[2], rtol=1e-4))
#> True True
