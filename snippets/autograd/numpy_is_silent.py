import torch

w = torch.tensor([0.0, 1.0], requires_grad=True)
right = w.detach().exp()

y = w.exp()
array = y.detach().numpy()
array += 1
print(y._version)
#> 0
y.sum().backward()
print(torch.equal(w.grad, right))
#> False
