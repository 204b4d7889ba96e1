import torch

from reference_impl.position_embeddings.rotary import Rotary, angles, rotate_half_split

rotary = Rotary(8)
x = torch.arange(8.0).reshape(1, 8)
at = torch.tensor([50])
theta = angles(at, rotary.frequencies())
print(torch.allclose(rotate_half_split(rotary.turn(x, at), -theta), x, atol=1e-5))
#> True
