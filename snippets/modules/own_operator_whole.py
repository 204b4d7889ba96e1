# run: python
import numpy as np
import torch


@torch.library.custom_op("page::cube", mutates_args=(), device_types="cpu")
def cube(x: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(np.power(x.numpy(force=True), 3))


@cube.register_kernel("cuda")
def _(x):
    return x**3


@cube.register_fake
def _(x):
    return torch.empty_like(x)


def setup_context(ctx, inputs, output):
    ctx.save_for_backward(*inputs)


def backward(ctx, grad):
    return grad * 3 * ctx.saved_tensors[0] ** 2


cube.register_autograd(backward, setup_context=setup_context)

x = torch.tensor([1.0, 2.0], requires_grad=True)
cube(x).sum().backward()
print(x.grad, cube(x.to("meta")).shape)
for name, result in torch.library.opcheck(cube, (x,)).items():
    print(name, result)
#> tensor([ 3., 12.]) torch.Size([2])
#> test_schema SUCCESS
#> test_autograd_registration SUCCESS
#> test_faketensor SUCCESS
#> test_aot_dispatch_dynamic SUCCESS
