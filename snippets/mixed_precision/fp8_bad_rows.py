import torch

from reference_impl.mixed_precision import Fp8Linear, Fp8Recipe

layer = Fp8Linear(64, 64, recipe=Fp8Recipe("block", block=32))
layer(torch.randn(10, 64))
#! ValueError: expected columns in whole blocks of 32, got 10
