import torch

w = torch.ones(3, requires_grad=True)
with torch.inference_mode():
    y = w * 2
    y.add_(1)
print(y.is_inference(), y.requires_grad)
#> True False

x = torch.ones(3)
x.add_(1)
print(x._version)
#> 1
print(y._version)
#! RuntimeError: Inference tensors do not track version counter.
