import torch
from torch.autograd import Function


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * 3 * x**2


x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
y = Cube.apply(x)
y.sum().backward()
print(x.grad, y.grad_fn.name())
#> tensor([ 3., 12.], dtype=torch.float64) CubeBackward
print(torch.autograd.gradcheck(Cube.apply, (x,)))
#> True
print(torch.autograd.gradgradcheck(Cube.apply, (x,)))
#> True
