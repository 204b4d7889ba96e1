import torch

from reference_impl.position_embeddings import Shaw, attend

torch.manual_seed(0)
q, k, v = torch.randn(3, 1, 1, 5, 8)
shaw, at = Shaw(head_dim=8, max_distance=2), torch.arange(5)
rows = shaw.rows(at, at)
print(rows)
#> tensor([[2, 3, 4, 4, 4],
#>         [1, 2, 3, 4, 4],
#>         [0, 1, 2, 3, 4],
#>         [0, 0, 1, 2, 3],
#>         [0, 0, 0, 1, 2]])
a_k, a_v = shaw.keys[rows], shaw.values_table[rows]  # a vector for every pair: (5, 5, 8)
scores = (q.unsqueeze(-2) * (k.unsqueeze(-3) + a_k)).sum(-1) / 8**0.5
weights = scores.masked_fill(torch.ones(5, 5).triu(1).bool(), -torch.inf).softmax(-1)
by_definition = (weights.unsqueeze(-1) * (v.unsqueeze(-3) + a_v)).sum(-2)
print(torch.allclose(attend(q, k, v, shaw, at), by_definition, atol=1e-6))
#> True
