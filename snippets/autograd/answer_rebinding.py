import torch

w = torch.ones(3, requires_grad=True)
with torch.no_grad():
    w = w - 0.1
print(w.requires_grad)
#> False
w.sum().backward()
#! RuntimeError: element 0 of tensors does not require grad
