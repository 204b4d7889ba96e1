import torch

from reference_impl.position_embeddings.rotary import Rotary
from reference_impl.position_embeddings.rotary_scaling import DynamicNTKScaling

rotary = Rotary(64, scaling=DynamicNTKScaling(2.0, original_length=16))
key, at = torch.ones(1, 64), torch.tensor([10])
cached = rotary.turn(key, at, length=16)
print(torch.allclose(cached, rotary.turn(key, at, length=64)))
#> False
