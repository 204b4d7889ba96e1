import torch

from reference_impl.distributed import MixtureOfExperts

layer = MixtureOfExperts(dim=8, hidden=32, experts=16)
layer(torch.randn(1, 12, 8))
#! ValueError: expected a capacity of at least 1, got
