import torch

from reference_impl.position_embeddings.rotary import Rotary

Rotary(8).turn(torch.ones(1, 8), torch.tensor([2.5]))
#! TypeError: expected integer positions, got torch.float32
