import torch

from reference_impl.position_embeddings.rotary import Rotary

torch.manual_seed(0)
q, k = torch.randn(1, 8), torch.randn(1, 8)
rotary = Rotary(8)


def score(m, n):
    return (rotary.turn(q, torch.tensor([m])) @ rotary.turn(k, torch.tensor([n])).T).item()


for m, n in [(5, 3), (105, 103), (9, 3)]:
    print(m, n, f"{score(m, n):.4f}")
#> 5 3 -2.2786
#> 105 103 -2.2786
#> 9 3 -0.0325
