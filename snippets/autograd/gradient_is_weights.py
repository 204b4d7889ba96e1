import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x**3
v = torch.tensor([1.0, 0.0, 2.0])

(by_backward,) = torch.autograd.grad(y, x, v, retain_graph=True)
(by_weighted_sum,) = torch.autograd.grad((v * y).sum(), x)
print(by_backward)
#> tensor([ 3.,  0., 54.])
print(torch.equal(by_backward, by_weighted_sum))
#> True
