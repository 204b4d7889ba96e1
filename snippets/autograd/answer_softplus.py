import torch
from torch.autograd import Function


class Softplus(Function):
    @staticmethod
    def forward(x):
        return torch.logaddexp(x, torch.zeros_like(x))

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * torch.sigmoid(x)


torch.manual_seed(0)
x = torch.randn(5, dtype=torch.float64, requires_grad=True)
print(torch.allclose(Softplus.apply(x), torch.nn.functional.softplus(x)))
#> True
print(torch.autograd.gradcheck(Softplus.apply, (x,)))
#> True
