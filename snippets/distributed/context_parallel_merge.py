import torch

torch.manual_seed(0)
q, k, v = torch.randn(3, 8, 4, dtype=torch.float64)


def block(k, v):
    """What one block of keys contributes: its own attention, and its log-sum-exp."""
    scores = q @ k.T / 2
    return scores.softmax(-1) @ v, scores.logsumexp(-1, keepdim=True)


(a, lse_a), (b, lse_b) = block(k[:5], v[:5]), block(k[5:], v[5:])
lse = torch.logaddexp(lse_a, lse_b)
out = (lse_a - lse).exp() * a + (lse_b - lse).exp() * b
print(torch.allclose(out, (q @ k.T / 2).softmax(-1) @ v))
#> True
