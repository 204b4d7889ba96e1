import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
y = w.exp()
y.add_(1)
y.sum().backward()
#! RuntimeError: one of the variables needed for gradient computation
