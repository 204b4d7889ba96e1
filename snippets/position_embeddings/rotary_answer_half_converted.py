import torch

from reference_impl.position_embeddings import Rotary, convert_weights

torch.manual_seed(0)
x, at, W_q, W_k = torch.randn(6, 8), torch.arange(6), *torch.randn(2, 8, 8)


def scores(W_q, W_k, layout):
    rotary = Rotary(8, layout=layout)
    return rotary.turn(x @ W_q.T, at) @ rotary.turn(x @ W_k.T, at).T


want, new_q = scores(W_q, W_k, "interleaved"), convert_weights(W_q, 1, "half-split")
half = scores(new_q, W_k, "half-split")
print(half.shape == want.shape, torch.allclose(half, want, atol=1e-2))
#> True False
