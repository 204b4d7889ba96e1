import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from reference_impl.mixed_precision import Casts, autocast_kernels

for device in ("cpu", "cuda"):
    with FakeTensorMode(), autocast_kernels(device, torch.float16), Casts() as casts:
        x = torch.ones(4, 4, device=device)
        for _ in range(3):
            x = (x @ x).softmax(-1)
    print(device, casts.to)
#> cpu [torch.float16, torch.float16]
#> cuda [torch.float16, torch.float16, torch.float16, torch.float16, torch.float16, torch.float16]
