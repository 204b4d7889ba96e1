import torch

from reference_impl.position_embeddings.rotary import Rotary

torch.manual_seed(0)
rotary, at = Rotary(8), torch.arange(4)
q, k = torch.randn(2, 1, 1, 4, 8)
q, k = rotary.rotate(q, k, at, at)
scores = (q @ k.mT)[0, 0]
print(torch.allclose(scores, scores.T))
#> False
ones = torch.ones(1, 1, 4, 8)
a, b = rotary.rotate(ones, ones, at, at)
scores = (a @ b.mT)[0, 0]
print(torch.allclose(scores, scores.T, atol=1e-5))
#> True
