import torch

from reference_impl.position_embeddings import Rotary, Sinusoidal

torch.manual_seed(0)
q, k = torch.randn(2, 1, 1, 4, 8)
rotary, real = Rotary(8), torch.arange(4)
counted, left = (rotary.rotate(q, k, real + pads, real + pads) for pads in (0, 3))
print(torch.allclose(counted[0] @ counted[1].mT, left[0] @ left[1].mT, atol=1e-5))
#> True
x, absolute = torch.randn(1, 4, 8), Sinusoidal(8)
counted, left = (absolute.embed(x, real + pads) for pads in (0, 3))
print(torch.allclose(counted @ counted.mT, left @ left.mT, atol=1e-5))
#> False
