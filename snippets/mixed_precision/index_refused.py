import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.functional import binary_cross_entropy

from reference_impl.mixed_precision import autocast_kernels

with FakeTensorMode(), autocast_kernels("cuda", torch.float16):
    probabilities = torch.full((4,), 0.5, device="cuda")
    binary_cross_entropy(probabilities, probabilities)
    #! RuntimeError: torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast.
