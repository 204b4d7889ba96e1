import torch

w = torch.ones(4, requires_grad=True)
with torch.no_grad():
    first_half = w[:2]

loss = (first_half * 3).sum()
print(first_half.requires_grad, loss.requires_grad)
#> True True
loss.backward()
print(w.grad, first_half.grad)
#> None None

(w[:2] * 3).sum().backward()
print(w.grad)
#> tensor([3., 3., 0., 0.])
