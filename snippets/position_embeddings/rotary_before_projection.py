import torch

from reference_impl.position_embeddings.rotary import Rotary

torch.manual_seed(0)
x, y = torch.randn(2, 1, 8)
W_q, W_k = torch.randn(2, 8, 8)
rotary = Rotary(8)


def score(turn_first, m, n):
    m, n = torch.tensor([m]), torch.tensor([n])
    if turn_first:
        q, k = rotary.turn(x, m) @ W_q.T, rotary.turn(y, n) @ W_k.T
    else:
        q, k = rotary.turn(x @ W_q.T, m), rotary.turn(y @ W_k.T, n)
    return (q @ k.T).item()


for turn_first in (False, True):
    print(abs(score(turn_first, 5, 3) - score(turn_first, 25, 23)) < 1e-3)
#> True
#> False
