import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
v = torch.tensor([1.0, 10.0])


def f(x):
    return torch.stack([x[0] * x[1], x[2] ** 2])


f(x).backward(gradient=v)
print(x.grad)
#> tensor([ 2.,  1., 60.])

jacobian = torch.func.jacrev(f)(x.detach())
print(jacobian)
#> tensor([[2., 1., 0.],
#>         [0., 0., 6.]])
print(v @ jacobian)
#> tensor([ 2.,  1., 60.])
