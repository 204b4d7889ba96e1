import torch

from reference_impl.position_embeddings.rotary import Rotary, convert_weights

torch.manual_seed(0)
x, at = torch.randn(6, 32), torch.arange(6)
W_q, W_k = torch.randn(4 * 8, 32), torch.randn(2 * 8, 32)  # 4 query heads, 2 key heads


def scores(W_q, W_k, layout):
    q = (x @ W_q.T).view(6, 4, 8).transpose(0, 1)
    k = (x @ W_k.T).view(6, 2, 8).transpose(0, 1)
    rotary = Rotary(8, layout=layout)
    return rotary.turn(q, at) @ rotary.turn(k, at).repeat_interleave(2, 0).mT


before = scores(W_q, W_k, "interleaved")
new_q, new_k = convert_weights(W_q, 4, "half-split"), convert_weights(W_k, 2, "half-split")
print(torch.allclose(before, scores(new_q, new_k, "half-split"), rtol=1e-3, atol=1e-3))
#> True
print(torch.allclose(before, scores(W_q, W_k, "half-split"), rtol=1e-3, atol=1e-3))
#> False
