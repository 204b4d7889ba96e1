import torch

torch.manual_seed(0)
x = torch.randn(4, dtype=torch.float64, requires_grad=True)
v = torch.randn(4, dtype=torch.float64)


def f(x):
    return (x.sin() * x.roll(1)).sum()


(gradient,) = torch.autograd.grad(f(x), x, create_graph=True)
(product,) = torch.autograd.grad(gradient, x, grad_outputs=v)

hessian = torch.autograd.functional.hessian(f, x.detach())
print(hessian.shape, torch.allclose(product, hessian @ v))
#> torch.Size([4, 4]) True
