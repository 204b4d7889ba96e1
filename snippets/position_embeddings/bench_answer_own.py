import torch

from reference_impl.position_embeddings import PositionScheme, attend, relative_positions


class ThreeBack(PositionScheme):
    def scores(self, q, k, q_positions, k_positions):
        return 30.0 * (relative_positions(q_positions, k_positions) == -3)[None, None]


torch.manual_seed(0)
q, k, v = torch.randn(3, 1, 1, 500, 8)
out = attend(q, k, v, ThreeBack(), torch.arange(500))
print(torch.allclose(out[0, 0, 3:], v[0, 0, :-3], atol=1e-3))
#> True
