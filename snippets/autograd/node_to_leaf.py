import torch

w = torch.ones(3, requires_grad=True)
y = w.exp()

(accumulate, input_nr), *_ = y.grad_fn.next_functions
print(accumulate.name(), input_nr)
#> torch::autograd::AccumulateGrad 0
print(accumulate.variable is w)
#> True
print(y.grad_fn._saved_result.data_ptr() == y.data_ptr())
#> True

twice = w * w
first, second = (node for node, _ in twice.grad_fn.next_functions)
print(first is second)
#> True
