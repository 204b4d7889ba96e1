import torch
from torch.amp import custom_bwd, custom_fwd


class Exp(torch.autograd.Function):
    @staticmethod
    @custom_fwd(device_type="cpu", cast_inputs=torch.float32)
    def forward(ctx, x):
        print("forward", x.dtype, "autocast", torch.is_autocast_enabled("cpu"))
        out = x.exp()
        ctx.save_for_backward(out)
        return out

    @staticmethod
    @custom_bwd(device_type="cpu")
    def backward(ctx, grad):
        print("backward", grad.dtype, "autocast", torch.is_autocast_enabled("cpu"))
        (out,) = ctx.saved_tensors
        return grad * out


x = torch.ones(2, dtype=torch.bfloat16, requires_grad=True)
with torch.autocast("cpu", torch.bfloat16):
    out = Exp.apply(x)
    #> forward torch.float32 autocast False
out.sum().backward()
#> backward torch.float32 autocast False
print(out.dtype, x.grad)
#> torch.float32 tensor([2.7188, 2.7188], dtype=torch.bfloat16)
