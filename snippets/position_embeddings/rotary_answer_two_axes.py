import torch

from reference_impl.position_embeddings import Rotary

torch.manual_seed(0)
q, k = torch.randn(2, 1, 16)
rotary = Rotary(8)  # for each half of the 16 numbers


def turn(x, row, column):
    by_row = rotary.turn(x[:, :8], torch.tensor([row]))
    return torch.cat([by_row, rotary.turn(x[:, 8:], torch.tensor([column]))], dim=-1)


for at, other in [((2, 5), (1, 3)), ((12, 25), (11, 23)), ((2, 5), (3, 1))]:
    print(at, other, f"{(turn(q, *at) @ turn(k, *other).T).item():.3f}")
#> (2, 5) (1, 3) 2.193
#> (12, 25) (11, 23) 2.193
#> (2, 5) (3, 1) -0.291
