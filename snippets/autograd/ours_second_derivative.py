import torch

import reference_impl.autograd as ours

values, vector = [0.5, 2.0], [1.0, 10.0]
x = ours.Tensor(values, requires_grad=True)
t = torch.tensor(values, dtype=torch.float64, requires_grad=True)

(first,) = ours.grad(x**3, x, ours.Tensor(vector), create_graph=True)
(second,) = ours.grad(first.sum(), x)
print(first.data, second.data)
#> [  0.75 120.  ] [  3. 120.]

v = torch.tensor(vector, dtype=torch.float64)
(first,) = torch.autograd.grad(t**3, t, v, create_graph=True)
(second,) = torch.autograd.grad(first.sum(), t)
print(first.detach().numpy(), second.numpy())
#> [  0.75 120.  ] [  3. 120.]
