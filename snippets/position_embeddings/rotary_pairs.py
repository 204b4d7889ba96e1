import torch

from reference_impl.position_embeddings.rotary import Rotary

torch.manual_seed(0)
q, k = torch.randn(2, 1, 64, dtype=torch.float64)
rotary = Rotary(64, layout="interleaved")
at_m, at_n = rotary.rotate(q[None, None], k[None, None], torch.tensor([90]), torch.tensor([20]))

z, w = (torch.view_as_complex(x.view(32, 2)) for x in (q, k))
theta = rotary.frequencies()
turns = torch.polar(torch.ones(32), 70 * theta)
print(torch.allclose((z * w.conj() * turns).real.sum(), (at_m * at_n).sum(), atol=1e-4))
#> True
