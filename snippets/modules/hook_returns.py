import torch
from torch import nn

double = nn.Linear(1, 1, bias=False)
nn.init.constant_(double.weight, 2.0)
x = torch.tensor([[1.0]], requires_grad=True)

with_pre = double.register_forward_pre_hook(lambda module, args: args[0] + 10)
print(double(x).item())
#> 22.0
with_pre.remove()

with_post = double.register_forward_hook(lambda module, args, output: -output)
print(double(x).item())
#> -2.0
with_post.remove()

double.register_full_backward_pre_hook(lambda module, grad_output: (grad_output[0] * 5,))
double.register_full_backward_hook(lambda module, grad_input, grad_output: (grad_input[0] + 1,))
double(x).sum().backward()
print(x.grad.item(), double.weight.grad.item())
#> 11.0 5.0
