import torch

from reference_impl.position_embeddings import sinusoids

table = sinusoids(torch.arange(600), 128)
for p, other in [(10, 15), (500, 505), (505, 500)]:
    print(p, other, f"{table[p] @ table[other]:.2f}")
#> 10 15 47.19
#> 500 505 47.19
#> 505 500 47.19
torch.manual_seed(0)
W_q, W_k = torch.randn(2, 128, 128) / 128**0.5
q, k = table @ W_q.T, table @ W_k.T
print(torch.allclose(q[10] @ k[15], q[500] @ k[505], atol=0.1))
#> False
