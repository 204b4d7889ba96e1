import torch

torch.manual_seed(0)
grads = torch.randn(100, 3)
w = torch.zeros(3, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9, weight_decay=0.01)
p, v = torch.zeros(3), torch.zeros(3)
for grad in grads:
    w.grad = grad
    optimizer.step()
    v = 0.9 * v + (grad + 0.01 * p)
    p = p - 0.1 * v
print(torch.allclose(w, p, atol=1e-5))
#> True
