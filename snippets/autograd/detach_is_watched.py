import torch

w = torch.tensor([0.0, 1.0], requires_grad=True)
y = w.exp()
y.detach().add_(1)
print(y._version)
#> 1
y.sum().backward()
#! RuntimeError: one of the variables needed for gradient computation
