import torch
from torch.amp import custom_bwd, custom_fwd


class Scaled(torch.autograd.Function):
    @staticmethod
    @custom_fwd(device_type="cpu", cast_inputs=torch.float32)
    def forward(ctx, x):
        print("forward in", x.dtype, "autocast", torch.is_autocast_enabled("cpu"))
        return x.exp()

    @staticmethod
    @custom_bwd(device_type="cpu")
    def backward(ctx, grad):
        return grad


x = torch.ones(2, dtype=torch.bfloat16, requires_grad=True)
with torch.autocast("cpu", torch.bfloat16):
    print(Scaled.apply(x).dtype)
    #> forward in torch.float32 autocast False
    #> torch.float32
