import torch

torch.manual_seed(0)
x = torch.randn(64, 3)
target = x @ torch.tensor([1.0, -2.0, 3.0])
w = torch.zeros(3, requires_grad=True)

for _ in range(200):
    (x @ w - target).square().mean().backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
print(w.detach().round(decimals=2), w.is_leaf)
#> tensor([ 1., -2.,  3.]) True
