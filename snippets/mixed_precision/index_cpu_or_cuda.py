import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from reference_impl.mixed_precision import autocast_kernels

calls = {
    "linear": lambda x: nn.functional.linear(x, x),
    "softmax": lambda x: x.half().softmax(-1),
    "layer_norm": lambda x: nn.functional.layer_norm(x.half(), (4,)),
    "exp": lambda x: x.half().exp(),
    "sum": lambda x: x.half().sum(),
    "mse_loss": lambda x: nn.functional.mse_loss(x.half(), x.half()),
    "gelu": lambda x: nn.functional.gelu(x.half()),
}
for name, call in calls.items():
    found = []
    for device in ("cpu", "cuda"):
        with FakeTensorMode(), autocast_kernels(device, torch.float16):
            found.append(str(call(torch.ones(4, 4, device=device)).dtype)[6:])
    print(f"{name:12} cpu {found[0]:10} cuda {found[1]}")
#> linear       cpu float16    cuda float16
#> softmax      cpu float16    cuda float32
#> layer_norm   cpu float16    cuda float32
#> exp          cpu float16    cuda float32
#> sum          cpu float16    cuda float32
#> mse_loss     cpu float32    cuda float32
#> gelu         cpu float16    cuda float16
