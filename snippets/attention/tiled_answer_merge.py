import torch

torch.manual_seed(0)
q, k, v = torch.randn(1, 8), torch.randn(100, 8), torch.randn(100, 8)


def part(rows):
    scores = q @ k[rows].T
    return scores.softmax(-1) @ v[rows], torch.logsumexp(scores, -1, keepdim=True)


(out_a, lse_a), (out_b, lse_b) = part(slice(0, 30)), part(slice(30, 100))
lse = torch.logaddexp(lse_a, lse_b)
merged = (lse_a - lse).exp() * out_a + (lse_b - lse).exp() * out_b
print(torch.allclose(merged, part(slice(0, 100))[0], atol=1e-6))
#> True
