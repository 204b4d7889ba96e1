import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
y = w.exp()
z = y + 1
z.sum().backward()
print(torch.equal(w.grad, w.detach().exp()))
#> True

w.grad = None
y = w.exp()
y.clone().add_(1).sum().backward()
print(torch.equal(w.grad, w.detach().exp()))
#> True
