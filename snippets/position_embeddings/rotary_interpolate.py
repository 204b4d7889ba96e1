import torch

from reference_impl.position_embeddings.rotary import Rotary
from reference_impl.position_embeddings.rotary_scaling import LinearScaling

x = torch.ones(1, 64)
long = Rotary(64, scaling=LinearScaling(8.0)).turn(x, torch.tensor([800]))
print(torch.allclose(long, Rotary(64).turn(x, torch.tensor([100])), atol=1e-4))
#> True
