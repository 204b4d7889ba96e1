import torch

from reference_impl.mixed_precision import float_format

float_format("e2m1").encode(torch.tensor([1.0, float("nan")]))
#! ValueError: expected numbers, as e2m1 has no code for NaN
