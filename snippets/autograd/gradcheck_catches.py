import torch
from torch.autograd import Function, gradcheck


class WrongCube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * 2 * x**2


x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
print(gradcheck(WrongCube.apply, (x,), raise_exception=False))
#> False
gradcheck(WrongCube.apply, (x,))
#! GradcheckError: Jacobian mismatch for output 0 with respect to input 0,
