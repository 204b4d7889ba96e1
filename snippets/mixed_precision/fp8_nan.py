import torch

from reference_impl.mixed_precision import Fp8Linear

Fp8Linear(16, 16)(torch.full((2, 16), float("inf")))
#! ValueError: expected finite numbers to scale, got inf or NaN
