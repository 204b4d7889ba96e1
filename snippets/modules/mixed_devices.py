import torch

torch.ones(2) + torch.ones(2, device="meta")
#! RuntimeError: Tensor on device meta is not on the expected device cpu!
