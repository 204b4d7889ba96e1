import torch

plain = torch.ones(3)
plain.add_(1)
print(plain)
#> tensor([2., 2., 2.])

w = torch.ones(3, requires_grad=True)
with torch.no_grad():
    w.add_(1)
print(w, w.is_leaf, w._version)
#> tensor([2., 2., 2.], requires_grad=True) True 1

optimizer = torch.optim.SGD([w], lr=0.1)
w.sum().backward()
optimizer.step()
print(w._version)
#> 2
