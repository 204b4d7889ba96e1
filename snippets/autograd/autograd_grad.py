import torch

w = torch.tensor(3.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
unused = torch.tensor(0.0, requires_grad=True)
hidden = w * 2
loss = (hidden + b) ** 2

inputs = (w, hidden, b, unused)
grads = torch.autograd.grad(loss, inputs, allow_unused=True)
print(grads)
#> (tensor(28.), tensor(14.), tensor(14.), None)
print(w.grad, b.grad)
#> None None
