import torch
from torch.nn.utils import clip_grad_norm_

v, w = torch.zeros(2, requires_grad=True), torch.zeros(1, requires_grad=True)
v.grad, w.grad = torch.tensor([1.0, 2.0]), torch.tensor([float("nan")])
clip_grad_norm_([v, w], max_norm=1.0)
print(v.grad)  # one bad gradient has spoilt the others
#> tensor([nan, nan])

v.grad = torch.tensor([1.0, 2.0])
clip_grad_norm_([v, w], max_norm=1.0, error_if_nonfinite=True)
#! RuntimeError: The total norm of order 2.0 for gradients from `parameters` is non-finite, so it
