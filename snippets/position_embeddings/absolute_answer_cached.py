import torch

from reference_impl.position_embeddings import Sinusoidal

scheme, x = Sinusoidal(8), torch.zeros(1, 6, 8)
whole = scheme.embed(x, torch.arange(6))
last = scheme.embed(x[:, 5:], torch.tensor([5]))
print(torch.equal(last, whole[:, 5:]))
#> True
