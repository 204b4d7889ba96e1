import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
(w**2).sum().backward(1)
#! TypeError: 'int' object is not iterable
