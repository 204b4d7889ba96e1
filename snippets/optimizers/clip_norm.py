import torch
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

v, w = torch.zeros(2, requires_grad=True), torch.zeros(1, requires_grad=True)
v.grad, w.grad = torch.tensor([3.0, 0.0]), torch.tensor([4.0])
norm = clip_grad_norm_([v, w], max_norm=1.0)
print(norm, v.grad, w.grad)
#> tensor(5.) tensor([0.6000, 0.0000]) tensor([0.8000])

v.grad, w.grad = torch.tensor([3.0, 0.0]), torch.tensor([4.0])
clip_grad_value_([v, w], clip_value=1.0)
print(v.grad, w.grad)
#> tensor([1., 0.]) tensor([1.])
