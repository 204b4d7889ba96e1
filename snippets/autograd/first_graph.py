import torch

w = torch.tensor(3.0, requires_grad=True)
x = torch.tensor(2.0)
loss = (w * x - 1) ** 2

print(loss.grad_fn.name())
#> PowBackward0
loss.backward()
print(w.grad)
#> tensor(20.)
print(x.grad)
#> None
