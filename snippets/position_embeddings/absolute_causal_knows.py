import torch

from reference_impl.position_embeddings import PositionScheme, attend

torch.manual_seed(0)
q, k, v = torch.randn(3, 1, 1, 5, 8)
order = torch.tensor([1, 0, 2, 3, 4])  # the first two change places
none, at = PositionScheme(), torch.arange(5)
out = attend(q, k, v, none, at)[0, 0]
swapped = attend(q[:, :, order], k[:, :, order], v[:, :, order], none, at)[0, 0]
print([torch.allclose(swapped[i], out[order[i]], atol=1e-6) for i in range(5)])
#> [False, False, True, True, True]
