import torch

from reference_impl.position_embeddings import Rotary, YaRNScaling

torch.manual_seed(0)
q, k = torch.randn(2, 1, 64)
yarn, here = YaRNScaling(8.0, original_length=4096), torch.tensor([100])
rotary = Rotary(64, scaling=yarn)
score = rotary.turn(q, here) @ rotary.turn(k, here).T  # distance 0: the turns cancel
print(f"{(score / (q @ k.T)).item():.4f}, {yarn.attention_factor**2:.4f}")
#> 1.4591, 1.4591
