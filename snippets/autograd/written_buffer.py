import torch

w = torch.tensor(2.0, requires_grad=True)
buffer = torch.zeros(3)
print(buffer.is_leaf)
#> True

buffer[1] = w * 5
print(buffer.is_leaf, buffer.requires_grad, buffer.grad_fn.name())
#> False True torch::autograd::CopySlices

buffer.sum().backward()
print(w.grad)
#> tensor(5.)
