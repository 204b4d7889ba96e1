import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.functional import gelu

from reference_impl.mixed_precision import autocast_kernels

with FakeTensorMode(), autocast_kernels("cuda", torch.float16):
    x = torch.ones(4, 4, device="cuda")
    print((x @ x).dtype, gelu(x @ x).dtype)
    #> torch.float16 torch.float16
