import torch

from reference_impl.mixed_precision import float_format, quantise_fp8

quantise_fp8(torch.ones(2, 2), float_format("e4m3"), scale=torch.tensor(0.0))
#! ValueError: expected one positive finite scale, got 0.0
