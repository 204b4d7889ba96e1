import torch

from reference_impl.position_embeddings.rotary import Rotary

torch.manual_seed(0)
rotary = Rotary(128)
distance = torch.tensor([0, 1, 10, 100, 1000])
ones = torch.ones(5, 128)
alike = (rotary.turn(ones, distance) @ ones[0]) / 128
print([round(s, 2) for s in alike.tolist()])
#> [1.0, 0.97, 0.67, 0.48, 0.16]
q = torch.randn(20000, 1, 128)
k = torch.randn(20000, 128, 1)
unlike = torch.stack([(rotary.turn(q, d[None]) @ k).std() / 128**0.5 for d in distance])
print([round(s, 1) for s in unlike.tolist()])
#> [1.0, 1.0, 1.0, 1.0, 1.0]
