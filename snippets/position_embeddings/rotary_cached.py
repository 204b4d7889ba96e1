import torch

from reference_impl.position_embeddings.rotary import Rotary

torch.manual_seed(0)
q, k = torch.randn(2, 1, 1, 6, 8)
at, rotary = torch.arange(6), Rotary(8)
all_q, all_k = rotary.rotate(q, k, at, at)
want = all_q[:, :, 5:] @ all_k.mT

cache = rotary.turn(k[:, :, :5], at[:5])  # five tokens are there already
for position in (5, 0):  # right, and the usual mistake
    here = torch.tensor([position])
    new_q, new_k = rotary.rotate(q[:, :, 5:], k[:, :, 5:], here, here)
    got = new_q @ torch.cat([cache, new_k], dim=2).mT
    print(position, torch.allclose(got, want, atol=1e-5))
#> 5 True
#> 0 False
