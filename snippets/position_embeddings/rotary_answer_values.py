import torch

from reference_impl.position_embeddings.rotary import Rotary

torch.manual_seed(0)
v, weights = torch.randn(1, 5, 8), torch.rand(1, 1, 5).softmax(-1)
rotary, at = Rotary(8), torch.arange(5)
plain = [weights @ v for shift in (0, 10)]
turned = [weights @ rotary.turn(v, at + shift) for shift in (0, 10)]
print(torch.equal(*plain), torch.allclose(*turned, atol=1e-2))
#> True False
