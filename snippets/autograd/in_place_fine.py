import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
y = w * 3
y.add_(1)
y.relu_()
y.sum().backward()
print(w.grad, y._version)
#> tensor([3., 3.]) 2
