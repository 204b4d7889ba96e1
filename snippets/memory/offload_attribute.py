import torch

from reference_impl.attention.live_bytes import LiveBytes
from reference_impl.memory import Offload


class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, told):
        y = x.exp()
        if told:
            ctx.save_for_backward(y)
        else:
            ctx.y = y.detach()
        return y

    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.saved_tensors or (ctx.y,)
        return grad * y, None


x = torch.randn(1000, requires_grad=True)
for told in (True, False):
    with LiveBytes() as meter, Offload() as offload:
        y = Exp.apply(x, told).sum()
    print(f"moved {offload.moved_out}, on the device {meter.live - offload.moved_out - y.nbytes}")
#> moved 4000, on the device 0
#> moved 0, on the device 4000
